using DistillStudio.Engine.Data;
using DistillStudio.Engine.Training;

namespace DistillStudio.History;

/// <summary>What a run's summary is after one more event.</summary>
internal static class RunFold
{
    /// <summary>Weight of the past in the smoothed rate: about the last 20 steps count.</summary>
    private const double Smoothing = 0.95;

    public static RunSummary Apply(RunSummary run, RunEvent happened)
    {
        RunSummary dated = run with
        {
            LastNumber = happened.Number,
            LastTime = happened.Time,
            Elapsed = run.Elapsed + SecondsSince(run.LastTime, happened),
        };
        return happened switch
        {
            Started started => dated with
            {
                State = RunState.Running,
                QueueOrder = null,
                StartedAt = run.StartedAt ?? started.Time,
                EndedAt = null,
                Environment = started,
            },
            Progressed step => Apply(dated, step),
            Evaluated { Split: Dataset.Valid } look => dated with
            {
                LastValidAccuracy = look.Accuracy,
                BestValidAccuracy = IsBest(run, look) ? look.Accuracy : run.BestValidAccuracy,
                BestValidStep = IsBest(run, look) ? look.Step : run.BestValidStep,
            },
            Paused => dated with { State = RunState.Paused },
            Resumed => dated with { State = RunState.Running, EndedAt = null, Failure = null, Result = null },
            Finished finished => dated with
            {
                State = RunState.Finished,
                EndedAt = finished.Time,
                Step = finished.Step,
                Result = finished,
                TestAccuracy = finished.Test?.Accuracy,
            },
            Cancelled cancelled => dated with { State = RunState.Cancelled, QueueOrder = null, EndedAt = cancelled.Time },
            Failed failed => dated with { State = RunState.Failed, QueueOrder = null, EndedAt = failed.Time, Failure = failed },
            _ => dated,
        };
    }

    private static RunSummary Apply(RunSummary run, Progressed step)
    {
        double? rate = step.Seconds > 0 ? (step.Examples - run.Examples) / step.Seconds : null;
        return run with
        {
            State = RunState.Running,
            EndedAt = null,
            Step = step.Step,
            Examples = step.Examples,
            LabelLoss = step.LabelLoss,
            RationaleLoss = step.RationaleLoss,
            Loss = step.Loss,
            ExamplesPerSecond = run.ExamplesPerSecond is { } past && rate is { } now ? (Smoothing * past) + ((1 - Smoothing) * now) : rate ?? run.ExamplesPerSecond,
            Rows = run.Rows + 1,
        };
    }

    private static bool IsBest(RunSummary run, Evaluated look) => !(look.Accuracy <= run.BestValidAccuracy);

    /// <summary>Neither the wait before a start nor a pause or an interruption counts, nor a clock that was set back.</summary>
    private static double SecondsSince(DateTimeOffset? last, RunEvent happened) =>
        last is { } before && happened is not (Started or Resumed) ? Math.Max(0, (happened.Time - before).TotalSeconds) : 0;
}
