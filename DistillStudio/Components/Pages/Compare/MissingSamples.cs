using DistillStudio.Components.Charts;
using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Verdicts;
using DistillStudio.History;

namespace DistillStudio.Components.Pages.Compare;

/// <summary>Says why runs have no samples of the same rows.</summary>
internal static class MissingSamples
{
    /// <param name="runs">The runs compared.</param>
    /// <param name="hasSamples">Whether each of them has samples.</param>
    public static string Explain(IReadOnlyList<FigureRun> runs, IReadOnlyList<bool> hasSamples)
    {
        FigureRun[] without = [.. runs.Zip(hasSamples).Where(pair => !pair.Second).Select(pair => pair.First)];
        FigureRun[] over = [.. without.Where(run => run.Run.State.HasEnded())];
        if (over.Length > 0)
        {
            return string.Join(' ', over.Select(run => $"{run.Name}: {RunText.WithoutEvaluation(run.Run)}"));
        }

        if (runs.Select(run => run.Run.Spec.Dataset).Distinct().Count() > 1)
        {
            IEnumerable<string> datasets = runs.GroupBy(run => run.Run.Spec.Dataset).Select(
                group => $"{VerdictText.List([.. group.Select(run => run.Name)])} on {group.Key}");
            return $"No row is shared, for the runs are on different datasets: {string.Join("; ", datasets)}.";
        }

        return without.Length > 0
            ? string.Join(' ', without.Select(run => $"{run.Name}: {RunText.WithoutEvaluation(run.Run)}"))
            : "These runs were not sampled on the same rows.";
    }
}
