using DistillStudio.Engine.Statistics;

namespace DistillStudio.Engine.Verdicts;

/// <summary>
/// Judges several comparisons together, differences and equivalences each corrected after Holm. Choosing the best afterwards needs no
/// further correction.
/// </summary>
internal static class Multiplicity
{
    /// <summary>Returns a judgement for each comparison, in order.</summary>
    /// <param name="comparisons">Null where nothing can be claimed; not counted.</param>
    /// <param name="margin">Margin of equivalence, above 0.</param>
    public static IReadOnlyList<Judgement> Judge(IReadOnlyList<Comparison?> comparisons, double margin)
    {
        Comparison[] made = [.. comparisons.OfType<Comparison>()];
        Equivalence[] equivalences = [.. made.Select(comparison => Equivalence.Of(comparison, margin))];
        IReadOnlyList<AdjustedComparison> differences = Holm.Adjust(made);
        IReadOnlyList<AdjustedComparison> equal = Holm.Adjust([.. equivalences.Select(equivalence => equivalence.PValue)]);
        var judged = new Queue<Judgement>(made.Select((comparison, i) => new Judgement(
            comparison,
            differences[i].PValue,
            differences[i].Level,
            comparison.IntervalAt(differences[i].Level),
            differences[i].IsDecided,
            made.Length == 1 ? equivalences[i].IsEquivalent : equal[i].IsDecided)));
        return [.. comparisons.Select(comparison => comparison is null ? Judgement.Nothing : judged.Dequeue())];
    }
}
