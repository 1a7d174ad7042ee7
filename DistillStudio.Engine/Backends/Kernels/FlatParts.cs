using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Model;

namespace DistillStudio.Engine.Backends.Kernels;

/// <summary>Several arrays divided into parts of like size, for threads to take; the division follows from their lengths alone.</summary>
internal sealed class FlatParts
{
    internal const int Size = 1 << 15;

    private readonly long[] _lengths;
    private readonly int[] _firsts; // [arrays + 1]: the first part of each

    internal FlatParts(IReadOnlyList<long> lengths)
    {
        _lengths = [.. lengths];
        _firsts = new int[_lengths.Length + 1];
        for (int array = 0; array < _lengths.Length; array++)
        {
            _firsts[array + 1] = _firsts[array] + (int)((_lengths[array] + Size - 1) / Size);
        }
    }

    internal int Count => _firsts[^1];

    /// <summary>Which array, from where, how many numbers.</summary>
    internal (int Array, long Start, int Count) this[int part]
    {
        get
        {
            int array = 0;
            for (int after = _lengths.Length; after - array > 1;)
            {
                int middle = (array + after) / 2;
                (array, after) = _firsts[middle] <= part ? (middle, after) : (array, middle);
            }

            long start = (long)(part - _firsts[array]) * Size;
            return (array, start, (int)Math.Min(Size, _lengths[array] - start));
        }
    }
}
