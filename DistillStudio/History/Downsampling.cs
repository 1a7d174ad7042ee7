using System.Runtime.CompilerServices;

namespace DistillStudio.History;

/// <summary>
/// Downsamples a curve for a browser while keeping its peaks. Fully optimised at the first call, as in <see cref="SeriesBuilder"/>.
/// </summary>
public static class Downsampling
{
    /// <summary>Minimum value of the requested number of points.</summary>
    public const int LeastPoints = 8;

    /// <summary>
    /// Returns the indices of the points to keep, ascending: the first, the last and, in buckets of equal count between them, the
    /// lowest and the highest finite value. A bucket with non-finite values also keeps the first of those, so that gaps are preserved.
    /// </summary>
    /// <param name="values">The curve's values in order of x.</param>
    /// <param name="maxPoints">Maximum number of points, at least <see cref="LeastPoints"/>.</param>
    /// <returns>All indices if the curve has no more than <paramref name="maxPoints"/> points.</returns>
    public static IReadOnlyList<int> KeepExtremes(ReadOnlySpan<double> values, int maxPoints)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxPoints, LeastPoints);
        if (values.Length <= maxPoints)
        {
            return [.. Enumerable.Range(0, values.Length)];
        }

        int inner = values.Length - 2;
        int buckets = (maxPoints - 2) / (HasGap(values) ? 3 : 2);
        var kept = new List<int>(maxPoints) { 0 };
        for (int bucket = 0; bucket < buckets; bucket++)
        {
            int from = 1 + (int)((long)inner * bucket / buckets);
            int to = 1 + (int)((long)inner * (bucket + 1) / buckets);
            KeepExtremes(values, from, to, kept);
        }

        kept.Add(values.Length - 1);
        return kept;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void KeepExtremes(ReadOnlySpan<double> values, int from, int to, List<int> kept)
    {
        int lowest = -1, highest = -1, gap = -1;
        for (int i = from; i < to; i++)
        {
            if (!double.IsFinite(values[i]))
            {
                gap = gap < 0 ? i : gap;
                continue;
            }

            lowest = lowest < 0 || values[i] < values[lowest] ? i : lowest;
            highest = highest < 0 || values[i] > values[highest] ? i : highest;
        }

        int last = kept[^1];
        Span<int> found = [lowest, highest, gap];
        found.Sort();
        foreach (int index in found)
        {
            if (index > last)
            {
                kept.Add(index);
                last = index;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool HasGap(ReadOnlySpan<double> values)
    {
        foreach (double value in values)
        {
            if (!double.IsFinite(value))
            {
                return true;
            }
        }

        return false;
    }
}
