using DistillStudio.Engine.Metrics;
using DistillStudio.Engine.Runs;

namespace DistillStudio.TensorBoard;

/// <summary>Writes a run's curves, one tag for each metric: its <see cref="Metric.Name"/>. Values have the metric's unit.</summary>
/// <param name="file">The file; disposed by the caller.</param>
internal sealed class TensorBoardCurves(TensorBoardFile file)
{
    private StepCompleted? _before;

    /// <summary>Writes the points of an event; most events have none.</summary>
    public void Write(RunEvent happened)
    {
        switch (happened)
        {
            case StepCompleted step:
                file.Write(step.Time, step.Step, Points(step));
                _before = step;
                break;
            case EvaluationCompleted look when EvaluationMetric.IsPoint(look):
                file.Write(look.Time, look.Step, Metric.OfEvaluations.SelectMany(metric => Point(metric, metric.Column.Read(look))));
                break;
            case Resumed resumed:
                file.Restart(resumed.Time, resumed.Step + 1);
                break;
        }
    }

    /// <summary>Returns the points of a step; those of a running total only if the step before is known.</summary>
    private IEnumerable<(string Tag, double Value)> Points(StepCompleted step)
    {
        bool isNext = _before?.Step == step.Step - 1 || step.Step == 1;
        return
            from metric in Metric.OfSteps
            where isNext || !metric.IsRunningTotal
            let value = metric.Column.Read(step, 0)
            from point in Point(
                metric,
                value is null ? null : metric.Value(value.Value, _before is null ? 0 : metric.Column.Read(_before, 0) ?? 0, step.Seconds))
            select point;
    }

    private static IEnumerable<(string Tag, double Value)> Point(Metric metric, double? value) =>
        value is { } number ? [(metric.Name, number * metric.Scale)] : [];
}
