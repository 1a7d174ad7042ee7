namespace DistillStudio.Engine.Kernels;

/// <summary>Several arrays divided into parts of like size, for threads to take; the division follows from their lengths alone.</summary>
internal sealed class FlatParts
{
    internal const int Size = 1 << 15;

    private readonly (int Array, long Start)[] _parts;
    private readonly long[] _lengths;

    internal FlatParts(IReadOnlyList<long> lengths)
    {
        _lengths = [.. lengths];
        _parts = [.. lengths.SelectMany((length, array) => Enumerable.Range(0, (int)((length + Size - 1) / Size)).Select(part => (array, (long)part * Size)))];
    }

    internal int Count => _parts.Length;

    /// <summary>Which array, from where, how many numbers.</summary>
    internal (int Array, long Start, int Count) this[int part]
    {
        get
        {
            (int array, long start) = _parts[part];
            return (array, start, (int)Math.Min(Size, _lengths[array] - start));
        }
    }
}
