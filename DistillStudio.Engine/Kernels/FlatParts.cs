
namespace DistillStudio.Engine.Kernels;

/// <summary>Splits several arrays into parts of similar size for threads; the split depends on their lengths alone.</summary>
internal sealed class FlatParts
{
    internal const int Size = 1 << 15;

    private readonly long[] _lengths;
    private readonly int[] _firsts; // [arrays + 1]: first part of each array

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

    /// <summary>Returns the array's index, the start, and the number of elements of a part.</summary>
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
