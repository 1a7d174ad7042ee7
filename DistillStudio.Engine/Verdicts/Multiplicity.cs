using DistillStudio.Engine.Statistics;

namespace DistillStudio.Engine.Verdicts;

/// <summary>
/// Judges several comparisons together (Holm 1979, "A simple sequentially rejective multiple test procedure"): the chance of any false
/// difference among them stays within 5 %. Choosing the best afterwards needs no further correction.
/// </summary>
internal static class Multiplicity
{
    private const double Alpha = 1 - Comparison.UsualLevel;

    /// <summary>
    /// Returns a judgement for each comparison, in order. An interval has the level at which its comparison was decided or the procedure
    /// stopped, so that it excludes 0 exactly for the decided ones.
    /// </summary>
    /// <param name="comparisons">Null where nothing can be claimed; not counted.</param>
    /// <param name="margin">Margin of equivalence, above 0.</param>
    public static IReadOnlyList<Judgement> Judge(IReadOnlyList<Comparison?> comparisons, double margin)
    {
        int[] order = [.. Enumerable.Range(0, comparisons.Count).Where(i => comparisons[i] is not null).OrderBy(i => comparisons[i]!.PValue)];
        var judged = new Judgement[comparisons.Count];
        Array.Fill(judged, Judgement.Nothing);
        double adjusted = 0;
        int? stopped = null;
        for (int rank = 0; rank < order.Length; rank++)
        {
            Comparison comparison = comparisons[order[rank]]!;
            int divisor = stopped ?? order.Length - rank;
            adjusted = Math.Max(adjusted, Math.Min(1, (order.Length - rank) * comparison.PValue));
            double level = 1 - (Alpha / divisor);
            bool isDifferent = stopped is null && comparison.IsDecidedAt(level);
            stopped ??= isDifferent ? null : divisor;
            bool isEquivalent = IsWithin(comparison.IntervalAt(1 - (2 * Alpha / order.Length)), margin);
            Finding finding = isDifferent ? Finding.Different : isEquivalent ? Finding.Equivalent : Finding.Undecided;
            judged[order[rank]] = new(comparison, adjusted, level, comparison.IntervalAt(level), finding);
        }

        return judged;
    }

    /// <summary>Two one-sided tests (Schuirmann 1987): the interval of twice the error lies within the margin.</summary>
    private static bool IsWithin(ConfidenceInterval interval, double margin) => -margin < interval.Low && interval.High < margin;
}
