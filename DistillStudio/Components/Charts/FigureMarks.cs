using DistillStudio.Engine.Metrics;
using DistillStudio.Engine.Settings;
using DistillStudio.History;

namespace DistillStudio.Components.Charts;

/// <summary>Marks the best validation accuracy of each run, and the weights that it exported.</summary>
internal static class FigureMarks
{
    public static IReadOnlyList<PointMark> Of(IReadOnlyList<FigureRun> runs, IReadOnlyList<ChartSeries> series, Axis axis) =>
        [.. runs.SelectMany(run => Of(run, series, axis))];

    /// <summary>Returns the place of a step, in the axis's base unit.</summary>
    /// <param name="seconds">Duration of the run up to the step.</param>
    public static double PlaceOf(int step, double seconds, RunSummary run, Axis axis)
    {
        double epochs = run.Environment is { StepsPerEpoch: > 0 } environment ? step / environment.StepsPerEpoch : 0;
        return axis.At(new(step, epochs, epochs * (run.Environment?.TrainRows ?? 0), seconds));
    }

    private static IEnumerable<PointMark> Of(FigureRun run, IReadOnlyList<ChartSeries> series, Axis axis)
    {
        string key = LiveCurves.Key(run.Run.Id, Metric.ValidAccuracy);
        if (series.FirstOrDefault(curve => curve.Key == key) is not { } accuracy)
        {
            yield break;
        }

        if (run.Run is { BestValidStep: { } best } && PointAt(best, accuracy, axis) is { } top)
        {
            yield return new(accuracy.Group, accuracy.Panel, top.X, top.Y, PointKind.Best, run.Color);
        }

        foreach (ChartSeries curve in series.Where(curve => IsOnValidation(curve, run)))
        {
            if (ExportedStep(run.Run) is { } step && PointAt(step, curve, axis) is { } point)
            {
                yield return new(curve.Group, curve.Panel, point.X, point.Y, PointKind.Exported, run.Color);
            }
        }
    }

    private static bool IsOnValidation(ChartSeries curve, FigureRun run) =>
        Metric.OfEvaluations.Any(metric => curve.Key == LiveCurves.Key(run.Run.Id, metric));

    /// <summary>Returns null for a run that exported nothing, or did not record which of its weights.</summary>
    private static int? ExportedStep(RunSummary run) => run.Result switch
    {
        { Exported: KeepModel.Best } finished => finished.BestValidStep ?? run.BestValidStep,
        { Exported: KeepModel.Last } finished => finished.Step,
        _ => null,
    };

    /// <summary>Returns the curve's point at a step; null if it is not drawn.</summary>
    private static (double X, double Y)? PointAt(int step, ChartSeries curve, Axis axis)
    {
        IReadOnlyList<double> steps = axis == Axis.Step ? curve.X : curve.Steps;
        for (int i = steps.Count - 1; i >= 0; i--)
        {
            if (steps[i] == step && curve.Y[i] is { } y)
            {
                return (curve.X[i], y);
            }
        }

        return null;
    }
}
