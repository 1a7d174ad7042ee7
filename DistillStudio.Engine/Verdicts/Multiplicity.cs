using DistillStudio.Engine.Statistics;

namespace DistillStudio.Engine.Verdicts;

/// <summary>
/// Judges several comparisons together, differences and equivalences each corrected after Holm. Choosing the best afterwards needs no
/// further correction.
/// </summary>
internal static class Multiplicity
{
    /// <summary>Returns the pairs with their methods judged together, and so again without the runs that collapsed.</summary>
    /// <param name="pairs">All comparisons of methods that are made at the same time.</param>
    /// <param name="margin">Margin of equivalence, above 0.</param>
    public static IReadOnlyList<ComparedPair> JudgeMethods(IReadOnlyList<ComparedPair> pairs, double margin)
    {
        IReadOnlyList<Judgement> methods = Judge([.. pairs.Select(pair => pair.Methods?.Seeds)], margin);
        IReadOnlyList<Judgement> without = Judge([.. pairs.Select(pair => (pair.WithoutCollapsed ?? pair.Methods)?.Seeds)], margin);
        return
        [
            .. pairs.Select((pair, i) => pair with
            {
                Methods = pair.Methods?.Judged(methods[i]),
                WithoutCollapsed = pair.WithoutCollapsed?.Judged(without[i]),
            }),
        ];
    }

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
            made.Length == 1 ? equivalences[i].IsEquivalent : equal[i].IsDecided)
        {
            Equivalence = new(LevelOf(equal[i]), comparison.IntervalAt(LevelOf(equal[i])), equal[i].PValue),
        }));
        return [.. comparisons.Select(comparison => comparison is null ? Judgement.Nothing : judged.Dequeue())];
    }

    /// <summary>Returns the level of the interval that belongs to two one-sided tests, each of which takes the probability of
    /// error.</summary>
    private static double LevelOf(AdjustedComparison tests) => 1 - (2 * (1 - tests.Level));
}
