using System.Numerics;
using DistillStudio.Engine.Runtime.Interop;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Model;

/// <summary>
/// T5's buckets of relative distance (https://arxiv.org/abs/1910.10683, section 2.1): short distances have one each, longer ones share
/// buckets that grow logarithmically, and everything past a limit shares the last.
/// </summary>
internal sealed class RelativeBuckets
{
    private readonly long[] _byDistance; // from -_limit to _limit; constant beyond
    private readonly int _limit;
    private readonly List<Tensor> _outgrown = []; // a captured graph may still read them
    private readonly List<Tensor> _all = []; // of each device
    private readonly Lock _sending = new(); // several teams may decode with one model
    private (Tensor Buckets, int Reach)? _sent;

    /// <param name="bidirectional">Whether half of the buckets are for keys after the query; otherwise those all count as distance
    /// 0.</param>
    /// <param name="count">Number of buckets.</param>
    /// <param name="limit">Distance from which the last bucket is used.</param>
    internal RelativeBuckets(bool bidirectional, int count, int limit)
    {
        _limit = limit;
        _byDistance = new long[(2 * limit) + 1];
        for (int distance = -limit; distance <= limit; distance++)
        {
            _byDistance[distance + limit] = bidirectional
                ? (distance > 0 ? count / 2 : 0) + OneSided(Math.Abs(distance), count / 2, limit)
                : OneSided(Math.Max(-distance, 0), count, limit);
        }
    }

    /// <summary>Returns the bucket of a distance, key position minus query position.</summary>
    internal int Of(int distance) => (int)_byDistance[Math.Clamp(distance, -_limit, _limit) + _limit];

    /// <summary>Returns the buckets of the distances (key position minus query position) starting at <paramref name="first"/>.</summary>
    internal long[] Range(int first, int count)
    {
        var buckets = new long[count];
        for (int i = 0; i < count; i++)
        {
            buckets[i] = Of(first + i);
        }

        return buckets;
    }

    /// <inheritdoc cref="Range(int, int)"/>
    /// <remarks>Returns a window of a table that is sent to the device once.</remarks>
    /// <returns>[count], int64; owned by the caller.</returns>
    internal Tensor Range(int first, int count, Device device)
    {
        int needed = Math.Max(Math.Abs(first), Math.Abs(first + count));
        lock (_sending)
        {
            if (_sent is not { } sent
                || sent.Reach < needed
                || sent.Buckets.device_type != device.type
                || sent.Buckets.device_index != device.index)
            {
                int reach = Math.Max(2 * _limit, (int)BitOperations.RoundUpToPowerOf2((uint)needed));
                if (_sent is { } smaller)
                {
                    _outgrown.Add(smaller.Buckets);
                }

                _sent = sent = (HostTransfer.Send(Range(-reach, (2 * reach) + 1), device).DetachFromDisposeScope(), reach);
            }

            return sent.Buckets.narrow(0, first + sent.Reach, count);
        }
    }

    /// <summary>Returns the buckets of all distances from −reach to reach; beyond, the bucket stays that of the end.</summary>
    /// <returns>[2 · reach + 1], int64; kept, since a backward pass or a captured graph may still read it.</returns>
    internal Tensor All(Device device)
    {
        lock (_sending)
        {
            if (_all.Find(one => one.device_type == device.type && one.device_index == device.index) is not { } all)
            {
                _all.Add(all = HostTransfer.Send(Range(-_limit, (2 * _limit) + 1), device).DetachFromDisposeScope());
            }

            return all;
        }
    }

    private static long OneSided(int distance, int count, int limit)
    {
        int exact = count / 2;
        if (distance < exact)
        {
            return distance;
        }

        // Single precision throughout, as for the published weights: it decides the bucket at exact powers.
        float share = MathF.Log((float)distance / exact) / (float)Math.Log((double)limit / exact);
        return Math.Min(exact + (long)(share * (count - exact)), count - 1);
    }
}
