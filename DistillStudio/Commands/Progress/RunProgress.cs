using DistillStudio.Engine.Data;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;

namespace DistillStudio.Commands.Progress;

/// <summary>Where a run stands, made from its events one by one.</summary>
internal sealed record RunProgress
{
    /// <summary>Weight of the past: about the last ten steps count.</summary>
    private const double Smoothing = 0.9;

    public Started? Started { get; private init; }

    /// <summary>The last step taken.</summary>
    public Progressed? Last { get; private init; }

    /// <summary>The last look at validation.</summary>
    public Evaluated? Validation { get; private init; }

    /// <summary>Highest accuracy on validation so far.</summary>
    public double? BestAccuracy { get; private init; }

    public bool IsPaused { get; private init; }

    /// <summary>The last step is followed by a look at validation that has not ended yet.</summary>
    public bool IsEvaluating =>
        Started is not null && Last is not null && Validation?.Step != Last.Step
        && (Last.Step % Started.Spec.EvalSteps == 0 || Last.Step == Started.Spec.MaxSteps);

    /// <summary>All steps are done and validated.</summary>
    public bool IsTesting => Started is not null && Last is not null && Last.Step == Started.Spec.MaxSteps && !IsEvaluating;

    /// <summary>Of training, evaluations left out; null before the first step.</summary>
    public double? StepsPerSecond => SecondsPerStep > 0 ? 1 / SecondsPerStep : null;

    /// <summary>Until the last step, evaluations included; null before the second step.</summary>
    public TimeSpan? TimeLeft =>
        Started is not null && Last is not null && Origin is not null && Last.Step > Origin.Step
            ? (Last.Time - Origin.Time) / (Last.Step - Origin.Step) * (Started.Spec.MaxSteps - Last.Step)
            : null;

    private double? SecondsPerStep { get; init; }

    /// <summary>The step from which time is counted: the first, or the last before a pause.</summary>
    private Progressed? Origin { get; init; }

    public RunProgress Apply(RunEvent happened) => happened switch
    {
        Started e => this with { Started = e },
        Progressed e => this with
        {
            Last = e,
            Origin = Origin ?? e,
            SecondsPerStep = ExponentialAverage.Next(SecondsPerStep, e.Seconds, Smoothing),
        },
        Evaluated { Split: Dataset.Valid } e => this with { Validation = e, BestAccuracy = Math.Max(BestAccuracy ?? 0, e.Accuracy) },
        Paused => this with { IsPaused = true },
        Resumed e => this with { IsPaused = false, Origin = null, BestAccuracy = e.BestAccuracy ?? BestAccuracy },
        _ => this,
    };
}
