using DistillStudio.Engine.Formatting;

namespace DistillStudio.Engine.Verdicts;

/// <summary>Accuracy on validation of two methods when both had taken the same compute.</summary>
/// <param name="Compute">The compute, in words.</param>
/// <param name="Baseline">Mean accuracy of the baseline's runs, in [0, 1].</param>
/// <param name="Other">Mean accuracy of the other's.</param>
public sealed record EqualCompute(string Compute, double Baseline, double Other)
{
    /// <summary>Relative difference in total compute up to which runs count as having had the same.</summary>
    private const double Same = 0.02;

    /// <summary>
    /// Compares at the largest compute that all runs reached: operations where they are recorded, examples elsewhere. Returns null if all
    /// had the same, or one was not validated by then.
    /// </summary>
    public static EqualCompute? Of(IReadOnlyList<ComparedRun> baseline, IReadOnlyList<ComparedRun> other)
    {
        ComparedRun[] all = [.. baseline, .. other];
        bool hasFlops = all.All(run => run.Cost.Flops > 0);
        double Amount(TrainingCost cost) => hasFlops ? cost.Flops ?? 0 : cost.Examples;

        double least = all.Min(run => Amount(run.Cost));
        if (all.Max(run => Amount(run.Cost)) <= least * (1 + Same))
        {
            return null;
        }

        double?[] accuracies =
            [.. all.Select(run => run.Validated.LastOrDefault(point => Amount(point.Cost) <= least * (1 + 1e-9))?.Evaluation.Accuracy)];
        return accuracies.All(accuracy => accuracy is not null)
            ? new(
                hasFlops ? TrainingCost.FlopText(least) : Format.Plural((long)least, "example"),
                accuracies.Take(baseline.Count).Average()!.Value,
                accuracies.Skip(baseline.Count).Average()!.Value)
            : null;
    }
}
