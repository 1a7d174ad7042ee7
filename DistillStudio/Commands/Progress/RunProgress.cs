using DistillStudio.Engine.Data;
using DistillStudio.Engine.Metrics;
using DistillStudio.Engine.Runs;

namespace DistillStudio.Commands.Progress;

/// <summary>The progress of a run, updated event by event.</summary>
internal sealed record RunProgress
{
    /// <summary>Weight of the previous average, equivalent to about the last ten steps.</summary>
    private const double Smoothing = 0.9;

    private TimeEstimate _timing = new();

    public Started? Started { get; private init; }

    /// <summary>The last completed step.</summary>
    public StepCompleted? Last { get; private init; }

    /// <summary>The last validation result.</summary>
    public EvaluationCompleted? Validation { get; private init; }

    /// <summary>The best weights on validation so far.</summary>
    public BestWeights? Best { get; private init; }

    public bool IsPaused { get; private init; }

    /// <summary>The evaluation in progress; null if there is none.</summary>
    public EvaluationProgressed? Evaluating { get; private init; }

    /// <summary>What the run does besides steps and evaluations; null during those.</summary>
    public PhaseStarted? Phase { get; private init; }

    /// <summary>Training steps per second, excluding evaluations; null before the first step.</summary>
    public double? StepsPerSecond => SecondsPerStep > 0 ? 1 / SecondsPerStep : null;

    /// <summary>Estimated time until the end of the run, including evaluations and tests; null before the second step.</summary>
    public TimeSpan? TimeLeft => _timing.SecondsLeft is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    private double? SecondsPerStep { get; init; }

    public RunProgress Apply(RunEvent happened) => Changed(happened) with
    {
        _timing = _timing.Apply(happened),
        Phase = happened as PhaseStarted ?? (happened is Logged or Checkpointed ? Phase : null),
    };

    private RunProgress Changed(RunEvent happened) => happened switch
    {
        Started e => this with { Started = e },
        StepCompleted e => this with
        {
            Last = e,
            Evaluating = null,
            SecondsPerStep = ExponentialAverage.Next(SecondsPerStep, e.Seconds, Smoothing),
        },
        EvaluationProgressed e => this with { Evaluating = e },
        EvaluationCompleted { Split: Dataset.Valid } e => this with { Validation = e, Best = BestWeights.Of(Best, e), Evaluating = null },
        EvaluationCompleted => this with { Evaluating = null },
        Paused => this with { IsPaused = true },
        Branched => this with { Best = null },
        Resumed e => this with { IsPaused = false, Best = e.IsRestored ? e.Best : Best },
        _ => this,
    };
}
