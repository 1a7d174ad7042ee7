using System.Globalization;

namespace DistillStudio.Components.Charts;

/// <summary>Describes a figure of runs for a paper.</summary>
internal static class FigureCaption
{
    public static string Of(IReadOnlyList<FigureRun> runs, ChartView view, FigureRun? baseline)
    {
        string[] datasets = [.. runs.Select(run => run.Run.Spec.Dataset).Distinct()];
        string smoothed = view.Smoothing > 0
            ? string.Create(
                CultureInfo.InvariantCulture,
                $", smoothed by a debiased exponential average of weight {view.Smoothing:0.##}, raw values faint behind")
            : "";
        string what = runs.Count == 1 ? runs[0].Name : $"{runs.Count} runs";
        string differences = baseline is null ? "" : $" Differences are relative to {baseline.Name}.";
        return $"{what} on {string.Join(", ", datasets)}, over {view.Axis.Unit}. Lines: training{smoothed}. "
            + "Lines with marks: validation. "
            + $"Star: best accuracy on validation. Ring: the exported weights.{differences}";
    }
}
