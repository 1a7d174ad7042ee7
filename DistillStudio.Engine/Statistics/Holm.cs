namespace DistillStudio.Engine.Statistics;

/// <summary>One of several comparisons, corrected for their number.</summary>
/// <param name="PValue">Adjusted p value, in [0, 1].</param>
/// <param name="Level">Confidence level of the interval that belongs to it: that interval excludes 0 exactly if it is decided.</param>
/// <param name="IsDecided">Whether a difference is shown at 5 % for all comparisons together.</param>
public sealed record AdjustedComparison(double PValue, double Level, bool IsDecided);

/// <summary>
/// Corrects several comparisons for their number (Holm 1979, "A simple sequentially rejective multiple test procedure"): the
/// probability that any of them is decided without a difference is at most 5 %, however they depend on one another.
/// </summary>
/// <remarks>
/// Choosing the best of m and comparing it with the baseline counts as comparing all m: adjust all, then look at the best. Intervals have
/// Bonferroni's level 1 − 0.05 / m, so that all of them hold together with 95 %; except for a comparison that Holm decides in a later
/// step and Bonferroni would not, which takes the level of that step, as its interval would contradict the decision otherwise.
/// </remarks>
public static class Holm
{
    /// <summary>Returns the adjusted comparisons in the order given; empty for none.</summary>
    /// <param name="pValues">p value of every comparison that was made, each in [0, 1].</param>
    public static IReadOnlyList<AdjustedComparison> Adjust(IReadOnlyList<double> pValues)
    {
        if (pValues.Any(p => p is not (>= 0 and <= 1)))
        {
            throw new ArgumentException("a p value lies between 0 and 1", nameof(pValues));
        }

        int count = pValues.Count;
        var adjusted = new AdjustedComparison[count];
        double largest = 0;
        int rank = 0;
        foreach (int index in Enumerable.Range(0, count).OrderBy(i => pValues[i]))
        {
            int factor = count - rank++;
            largest = Math.Min(1, Math.Max(largest, factor * pValues[index]));
            bool isDecided = largest <= Comparison.Alpha;
            bool isLate = isDecided && pValues[index] > Comparison.Alpha / count;
            adjusted[index] = new(largest, 1 - (Comparison.Alpha / (isLate ? factor : count)), isDecided);
        }

        return adjusted;
    }

    public static IReadOnlyList<AdjustedComparison> Adjust(IReadOnlyList<Comparison> comparisons) =>
        Adjust([.. comparisons.Select(comparison => comparison.PValue)]);
}
