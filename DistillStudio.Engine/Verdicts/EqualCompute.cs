using DistillStudio.Engine.Formatting;

namespace DistillStudio.Engine.Verdicts;

/// <summary>Accuracy on validation of two methods when both had taken the same compute.</summary>
/// <param name="Compute">The compute, in words, and what the runs had really taken where evaluations came earlier.</param>
/// <param name="Baseline">Mean accuracy of the baseline's runs, in [0, 1].</param>
/// <param name="Other">Mean accuracy of the other's.</param>
public sealed record EqualCompute(string Compute, double Baseline, double Other)
{
    /// <summary>
    /// Compares at the largest compute that all runs reached: operations where they are recorded, examples elsewhere. Returns null if all
    /// had the same, or one was not validated by then.
    /// </summary>
    public static EqualCompute? Of(IReadOnlyList<ComparedRun> baseline, IReadOnlyList<ComparedRun> other)
    {
        var budget = ComputeBudget.Of([.. baseline, .. other]);
        if (budget.IsEqualAnyway)
        {
            return null;
        }

        ValidatedPoint[] points = [.. baseline.Concat(other).Select(budget.LastPoint).OfType<ValidatedPoint>()];
        if (points.Length < baseline.Count + other.Count)
        {
            return null;
        }

        string range = budget.RangeText(points);
        return new(
            range == budget.Text ? budget.Text : $"{budget.Text}; each at its last evaluation by then, after {range}",
            points.Take(baseline.Count).Average(point => point.Evaluation.Accuracy),
            points.Skip(baseline.Count).Average(point => point.Evaluation.Accuracy));
    }
}

/// <summary>The largest compute that all of some runs reached.</summary>
/// <param name="HasFlops">True if it is counted in floating-point operations; false for examples.</param>
/// <param name="Least">Compute of the run that took the least.</param>
/// <param name="Most">Compute of the run that took the most.</param>
internal sealed record ComputeBudget(bool HasFlops, double Least, double Most)
{
    /// <summary>Relative difference in total compute up to which runs count as having had the same.</summary>
    private const double Same = 0.02;

    private const double Rounding = 1e-9;

    public bool IsEqualAnyway => Most <= Least * (1 + Same);

    public string Text => TextOf(Least);

    /// <param name="runs">At least one, with all their steps.</param>
    public static ComputeBudget Of(IReadOnlyList<ComparedRun> runs)
    {
        bool hasFlops = runs.All(run => run.Cost.Flops > 0);
        double[] amounts = [.. runs.Select(run => AmountOf(run.Cost, hasFlops))];
        return new(hasFlops, amounts.Min(), amounts.Max());
    }

    /// <summary>Returns the last evaluation of a run within the budget; null if there is none.</summary>
    public ValidatedPoint? LastPoint(ComparedRun run) =>
        run.Validated.LastOrDefault(point => AmountOf(point.Cost, HasFlops) <= Least * (1 + Rounding));

    /// <summary>Returns what training had taken by some evaluations: <c>6.1e11 to 8.0e11 FLOP</c>.</summary>
    public string RangeText(IEnumerable<ValidatedPoint> points)
    {
        double[] taken = [.. points.Select(point => AmountOf(point.Cost, HasFlops)).Order()];
        string[] ends = [.. new[] { TextOf(taken[0]), TextOf(taken[^1]) }.Distinct()];
        return ends.Length == 1 ? ends[0] : $"{ends[0].Split(' ')[0]} to {ends[1]}";
    }

    private string TextOf(double amount) => HasFlops ? TrainingCost.FlopText(amount) : Format.Plural((long)amount, "example");

    private static double AmountOf(TrainingCost cost, bool hasFlops) => hasFlops ? cost.Flops ?? 0 : cost.Examples;
}
