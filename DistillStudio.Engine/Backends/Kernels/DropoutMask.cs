using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;

namespace DistillStudio.Engine.Backends.Kernels;

/// <summary>
/// Dropout of one site in one step. Which numbers fall follows from seed, site, row and column alone, so that a mask is never kept: whoever needs it
/// again makes it again, and each way of computing a step drops the same.
/// </summary>
internal readonly struct DropoutMask
{
    private readonly ulong _key;
    private readonly uint _threshold;
    private readonly float _scale;

    /// <param name="seed">Of the step.</param>
    /// <param name="site">Differs from place to place in the model.</param>
    /// <param name="rate">Share that falls, in [0, 1); 0 lets everything pass.</param>
    internal DropoutMask(ulong seed, uint site, double rate)
    {
        _key = SeededRandom.Derive(seed, site);
        _threshold = (uint)Math.Round(rate * (1L << 32));
        _scale = (float)(1 / (1 - rate));
    }

    /// <summary>Lets everything pass.</summary>
    internal static DropoutMask None => new(0, 0, 0);

    internal bool IsOn => _threshold > 0;

    /// <summary>What is not dropped is multiplied by this.</summary>
    internal float Scale => _scale;

    /// <param name="row">Differs from row to row: sequence and position, and in attention the head.</param>
    internal RowMask Row(ulong row) => new(IsOn ? SeededRandom.Derive(_key, row) : 0, _threshold, _scale);
}

/// <summary>The mask of one row: a hash of the column (C. Wellons, "Hash function prospector", lowbias32, keyed) against a threshold.</summary>
internal readonly struct RowMask(ulong key, uint threshold, float scale)
{
    private readonly uint _first = (uint)key;
    private readonly uint _second = (uint)(key >> 32);

    /// <summary>Drops from sixteen numbers and scales the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Vector512<float> Apply(Vector512<float> value, int column) => threshold == 0 ? value : value * Factors(column);

    /// <summary>0 for what is dropped, 1 / (1 − rate) for the rest.</summary>
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
