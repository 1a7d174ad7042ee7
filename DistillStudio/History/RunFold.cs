using DistillStudio.Engine.Data;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;

namespace DistillStudio.History;

/// <summary>What a run's summary is after one more event.</summary>
internal static class RunFold
{
    /// <summary>Weight of the past in the smoothed rate: about the last 20 steps count.</summary>
    private const double Smoothing = 0.95;

    /// <summary>Seconds between two events that neither tells of: loading, writing a checkpoint.</summary>
    private const double LongestUntold = 120;

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
            Resumed resumed => dated with
            {
                State = RunState.Running,
                EndedAt = null,
                Failure = null,
                Result = null,
                Resumes = resumed.IsRestored ? [.. run.Resumes, new(resumed.Step, run.Elapsed)] : run.Resumes,
            },
            Checkpointed { IsBest: false } saved => dated with { Checkpoint = saved },
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
        double? rate = Metric.ExamplesPerSecond.Value(step.Examples, run.Examples, step.Seconds);
        return run with
        {
            State = RunState.Running,
            EndedAt = null,
            Step = step.Step,
            Examples = step.Examples,
            LabelLoss = step.LabelLoss,
            RationaleLoss = step.RationaleLoss,
            Loss = step.Loss,
            ExamplesPerSecond = ExponentialAverage.Next(run.ExamplesPerSecond, rate, Smoothing),
            Rows = run.Rows + 1,
        };
    }

    private static bool IsBest(RunSummary run, Evaluated look) => !(look.Accuracy <= run.BestValidAccuracy);

    /// <summary>
    /// Neither the wait before a start nor a pause or an interruption counts, nor a clock that was set, nor a machine that slept: where far more time
    /// has passed than the event tells of, what it tells counts.
    /// </summary>
    public static double SecondsSince(DateTimeOffset? last, RunEvent happened)
    {
        if (last is not { } before || happened is Started or Resumed or Cancelled or Failed)
        {
            return 0;
        }

        double passed = (happened.Time - before).TotalSeconds;
        double told = happened switch
        {
            Progressed step => step.Seconds,
            Evaluated look => look.Seconds,
            _ => 0,
        };
        return passed < 0 || passed > told + LongestUntold ? told : passed;
    }
}
