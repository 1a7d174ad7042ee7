using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Kernels;

/// <summary>
/// Dropout of one site in one step. The dropped elements depend only on seed, site, row and column, so that masks are recomputed instead
/// of stored, and are the same for every backend.
/// </summary>
internal readonly struct DropoutMask
{
    private readonly ulong _key;
    private readonly uint _threshold;
    private readonly float _scale;

    /// <param name="seed">Seed of the step.</param>
    /// <param name="site">Number of the site, unique within the model.</param>
    /// <param name="rate">Fraction to drop, in [0, 1); 0 disables dropout.</param>
    internal DropoutMask(ulong seed, uint site, double rate)
    {
        _key = SeededRandom.Derive(seed, site);
        _threshold = (uint)Math.Round(rate * (1L << 32));
        _scale = (float)(1 / (1 - rate));
    }

    /// <summary>Disables dropout.</summary>
    internal static DropoutMask None => new(0, 0, 0);

    internal bool IsOn => _threshold > 0;

    /// <summary>Factor of the elements that are not dropped.</summary>
    internal float Scale => _scale;

    /// <param name="row">Unique key of the row: sequence and position, and in attention the head.</param>
    internal RowMask Row(ulong row) => new(IsOn ? SeededRandom.Derive(_key, row) : 0, _threshold, _scale);
}

/// <summary>
/// Mask of one row: a hash of the column (C. Wellons, "Hash function prospector", lowbias32, keyed) compared with a threshold.
/// </summary>
internal readonly struct RowMask(ulong key, uint threshold, float scale)
{
    private readonly uint _first = (uint)key;
    private readonly uint _second = (uint)(key >> 32);

    /// <summary>Zeroes the dropped ones of sixteen elements and scales the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Vector512<float> Apply(Vector512<float> value, int column) => threshold == 0 ? value : value * Factors(column);

    /// <summary>Returns 0 for dropped elements, 1 / (1 − rate) for the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Vector512<float> Factors(int column)
    {
        Vector512<uint> x = (Lanes.From(column).AsUInt32() * Vector512.Create(0x9E3779B9u)) ^ Vector512.Create(_first);
        x = (x ^ Vector512.ShiftRightLogical(x, 16)) * Vector512.Create(0x7FEB352Du);
        x ^= Vector512.Create(_second);
        x = (x ^ Vector512.ShiftRightLogical(x, 15)) * Vector512.Create(0x846CA68Bu);
        return Vector512.ConditionalSelect(
            Vector512.GreaterThanOrEqual(x, Vector512.Create(threshold)).AsSingle(), Vector512.Create(scale), Vector512<float>.Zero);
    }
}
