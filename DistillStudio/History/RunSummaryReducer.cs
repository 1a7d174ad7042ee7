using DistillStudio.Engine.Data;
using DistillStudio.Engine.Metrics;
using DistillStudio.Engine.Runs;

namespace DistillStudio.History;

/// <summary>Reduces a run's summary and the next event to the updated summary.</summary>
internal static class RunSummaryReducer
{
    /// <summary>
    /// Version of the rules. Incremented when the same events yield a different summary; runs read by earlier rules are read again.
    /// </summary>
    public const int Rules = 3;

    /// <summary>Weight of the previous average in the smoothed rate: averages over about 20 steps.</summary>
    private const double Smoothing = 0.95;

    /// <summary>
    /// Maximum seconds between two events beyond the duration that the event reports, such as for loading or writing a checkpoint.
    /// </summary>
    private const double MaxUnrecordedSeconds = 120;

    public static RunSummary Apply(RunSummary run, RunEvent happened)
    {
        RunSummary dated = run with
        {
            LastNumber = happened.Number,
            LastTime = happened.Time,
            Elapsed = run.Elapsed + SecondsSince(run.LastTime, happened),
            Timing = (run.Timing ?? Timed(run)).Apply(happened),
            Phase = happened switch
            {
                PhaseStarted began => began.Phase,
                Logged or Checkpointed => run.Phase,
                _ => null,
            },
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
                EarlierEnvironments = WithEarlier(run, started),
                Evaluating = null,
            },
            StepCompleted step => Apply(dated, step),
            EvaluationProgressed evaluation => dated with { Evaluating = evaluation },
            EvaluationCompleted { IsPartial: true, Accuracy: double.NaN } => dated with { Evaluating = null },
            EvaluationCompleted { Split: Dataset.Valid } evaluation =>
                WithBest(dated, BestWeights.Of(run.Best, evaluation)) with { LastValidAccuracy = evaluation.Accuracy, Evaluating = null },
            EvaluationCompleted => dated with { Evaluating = null },
            Paused => dated with { State = RunState.Paused },
            Branched branched => WithBest(dated, null) with
            {
                BranchMark = new(branched.Step, run.Elapsed),
                Branched = branched,
                StartedAt = null, // that of the other run
                Resumes = [],
                LastValidAccuracy = null,
                Checkpoint = null,
            },
            StoppedEarly stopped => dated with { StoppedEarly = stopped },
            Resumed { IsRestored: true } when run is { Branched: not null, StartedAt: null } => // the start of a branch
                dated with { State = RunState.Running, EndedAt = null, Failure = null, Result = null, Evaluating = null },
            Resumed { IsRestored: true } resumed =>
                (resumed is { BestAccuracy: not null, Best: null } ? dated : WithBest(dated, resumed.Best)) with
                {
                    State = RunState.Running,
                    EndedAt = null,
                    Failure = null,
                    Result = null,
                    StoppedEarly = null,
                    Evaluating = null,
                    Resumes = [.. run.Resumes, new(resumed.Step, run.Elapsed)],
                },
            Resumed => dated with { State = RunState.Running, EndedAt = null, Failure = null, Result = null },
            Checkpointed { IsBest: false } saved => dated with { Checkpoint = saved },
            Finished finished => dated with
            {
                State = RunState.Finished,
                EndedAt = finished.Time,
                Step = finished.Step,
                Result = finished,
                TestAccuracy = finished.Test?.Accuracy,
                Evaluating = null,
                Timing = null,
            },
            Cancelled cancelled =>
                dated with { State = RunState.Cancelled, QueueOrder = null, EndedAt = cancelled.Time, Evaluating = null, Timing = null },
            Failed failed => dated with
            {
                State = RunState.Failed,
                QueueOrder = null,
                EndedAt = failed.Time,
                Failure = failed,
                Evaluating = null,
                Timing = null,
            },
            _ => dated,
        };
    }

    private static RunSummary Apply(RunSummary run, StepCompleted step)
    {
        double? rate = Metric.ExamplesPerSecond.Value(step.Examples, run.Examples, step.Seconds);
        return run with
        {
            State = RunState.Running,
            EndedAt = null,
            Step = step.Step,
            Examples = step.Examples,
            LabelLoss = step.Known(step.LabelLoss) ?? run.LabelLoss,
            RationaleLoss = step.RationaleLoss ?? (step.IsPartial ? run.RationaleLoss : null),
            Loss = step.Known(step.Loss) ?? run.Loss,
            ExamplesPerSecond = ExponentialAverage.Next(run.ExamplesPerSecond, rate, Smoothing),
            Rows = run.Rows + 1,
            Evaluating = null,
        };
    }

    private static RunSummary WithBest(RunSummary run, BestWeights? best) =>
        run with { BestValidAccuracy = best?.Accuracy, BestValidStep = best?.Step, BestValidLabelLoss = best?.LabelLoss };

    /// <summary>Appends the previous environment if it differs from the new one and steps were completed in it.</summary>
    private static IReadOnlyList<RunEnvironment> WithEarlier(RunSummary run, Started started) =>
        run.Environment is { } before && run.Step > 0 && RunEnvironment.Of(before) is var earlier && earlier != RunEnvironment.Of(started)
            ? [.. run.EarlierEnvironments, earlier]
            : run.EarlierEnvironments;

    /// <summary>Returns the initial time estimate of a run that this process has not read from its start.</summary>
    private static TimeEstimate Timed(RunSummary run) => run.Environment is { } started ? new TimeEstimate().Apply(started) : new();

    /// <summary>
    /// Returns the seconds to add to the elapsed time. Excludes the wait before a start, pauses, interruptions, clock changes and
    /// machine sleep: if the time passed is negative or far exceeds the event's reported duration, returns the reported duration.
    /// </summary>
    public static double SecondsSince(DateTimeOffset? last, RunEvent happened)
    {
        if (last is not { } before || happened is Started or Resumed or Branched or Cancelled or Failed or PhaseStarted { Step: 0 })
        {
            return 0;
        }

        double passed = (happened.Time - before).TotalSeconds;
        double recorded = happened switch
        {
            StepCompleted step => step.Seconds,
            EvaluationCompleted evaluation => evaluation.Seconds,
            EvaluationProgressed evaluation => evaluation.Seconds,
            _ => 0,
        };
        return passed < 0 || passed > recorded + MaxUnrecordedSeconds ? recorded : passed;
    }
}
