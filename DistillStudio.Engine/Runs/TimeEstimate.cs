using System.Collections.Immutable;
using System.Numerics;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Runs;

/// <summary>
/// Estimates the remaining time of a run from its events: the remaining steps, the evaluations and checkpoints between them, and the final
/// tests. Immutable; each event produces a new instance.
/// </summary>
public sealed record TimeEstimate
{
    /// <summary>
    /// Number of initial steps of a process that are ignored once later ones are known: they include compilation and memory allocation.
    /// </summary>
    private const int WarmUp = 3;

    /// <summary>
    /// Number of steps of a process before their median counts: on a busy machine, compilation slows more than the first few of them.
    /// </summary>
    private const int Representative = 10;

    /// <summary>Number of steps whose median is the step time: enough to ignore a few slow ones.</summary>
    private const int Window = 31;

    /// <summary>
    /// Cost of evaluating a row relative to training on it, used until an evaluation was observed: a forward pass is a third of a step,
    /// plus generation of a short answer.
    /// </summary>
    private const double JudgedPerTrained = 0.5;

    /// <summary>Maximum seconds attributed to a checkpoint; longer gaps occur if the clock was set or the machine slept.</summary>
    private const double LongestGap = 120;

    private RunSpec? Spec { get; init; }

    private int ValidRows { get; init; }

    private int TestRows { get; init; }

    private ImmutableArray<double> Steps { get; init; } = [];

    /// <summary>Number of steps taken by this process.</summary>
    private int Taken { get; init; }

    private StepCompleted? Last { get; init; }

    /// <summary>What happened since the last step.</summary>
    private Between Since { get; init; }

    /// <summary>Progress of the current evaluation; null if none is running.</summary>
    private EvaluationProgressed? InProgress { get; init; }

    private BestWeights? Best { get; init; }

    /// <summary>The last step that was validated.</summary>
    private int Validated { get; init; }

    /// <summary>Duration of an evaluation on validation, in seconds; null until one was observed.</summary>
    private double? Evaluation { get; init; }

    /// <summary>Seconds for which an evaluation, including its checkpoints, delayed the steps.</summary>
    private double? EvaluationStop { get; init; }

    /// <summary>Seconds for which a checkpoint without an evaluation delayed the steps.</summary>
    private double SaveStop { get; init; }

    /// <summary>Duration of the first of the two tests, in seconds.</summary>
    private double? Test { get; init; }

    /// <summary>Estimated remaining seconds; null before the second step of a process, since the first is not representative.</summary>
    public double? SecondsLeft => Spec is not null && Last is not null && StepSeconds is { } step
        ? ((Spec.MaxSteps - Last.Step) * step) + EvaluationsLeft(Spec, step) + (SavesLeft(Spec) * SaveStop) + TestsLeft(Spec, step)
        : null;

    public TimeEstimate Apply(RunEvent happened) => happened switch
    {
        Started e => this with
        {
            Spec = IsCountable(e.Spec) ? e.Spec : null,
            ValidRows = Limited(e.Spec, e.ValidRows),
            TestRows = Limited(e.Spec, e.TestRows),
            Steps = [],
            Taken = 0,
            InProgress = null,
            Since = Between.Broken,
        },
        StepCompleted e => Apply(e),
        EvaluationProgressed e => this with { InProgress = e },
        EvaluationCompleted { Split: Dataset.Valid } e => this with
        {
            InProgress = null,
            Best = BestWeights.Of(Best, e),
            Validated = e.Step,
            Evaluation = e.Seconds,
            EvaluationStop = Math.Max(e.Seconds, EvaluationStop ?? 0),
            Since = Since | Between.Evaluation,
        },
        EvaluationCompleted e => this with { InProgress = null, Test = e.Seconds },
        Checkpointed { IsBest: false } => this with { Since = Since | Between.Save },
        Paused => this with { Since = Since | Between.Broken },
        Resumed { IsRestored: true } e => this with { Best = e.Best, Since = Between.Broken, InProgress = null },
        Resumed => this with { Since = Since | Between.Broken },
        Branched => new TimeEstimate { Last = Last, Since = Between.Broken },
        StoppedEarly e => this with { Spec = Spec is null ? null : Spec with { MaxSteps = e.Step } },
        _ => this,
    };

    private TimeEstimate Apply(StepCompleted step)
    {
        // The time between the steps beyond the step itself is attributed to what happened in between.
        double gap = Last is null || Since.HasFlag(Between.Broken) ? 0 : Math.Max(0, (step.Time - Last.Time).TotalSeconds - step.Seconds);
        bool isKnown = gap > 0 && gap < LongestGap + (Evaluation ?? 0);
        ImmutableArray<double> steps = [.. Steps.Length == Window ? Steps.AsSpan()[1..] : Steps.AsSpan(), step.Seconds];
        return this with
        {
            Last = step,
            Taken = Taken + 1,
            Steps = Taken + 1 == Representative ? steps[WarmUp..] : steps,
            InProgress = null,
            Since = Between.Nothing,
            EvaluationStop = isKnown && Since.HasFlag(Between.Evaluation) ? gap : EvaluationStop,
            SaveStop = isKnown && Since == Between.Save ? gap : SaveStop,
        };
    }

    /// <summary>In the first steps, the fastest is the best estimate of later ones.</summary>
    private double? StepSeconds => Taken < 2 ? null : Taken < Representative ? Steps.Min() : Median(Steps);

    private double EvaluationsLeft(RunSpec spec, double step)
    {
        double each = EvaluationStop ?? Seen(Dataset.Valid, Guess(ValidRows, spec, step));
        bool isDue = Last!.Step > Validated && (Last.Step % spec.EvalSteps == 0 || Last.Step == spec.MaxSteps);
        long later = Multiples(spec.EvalSteps, Last.Step, spec.MaxSteps);
        return (later * each) + (isDue ? Rest(each) : 0);
    }

    /// <summary>Counts the remaining checkpoints that do not coincide with an evaluation.</summary>
    private long SavesLeft(RunSpec spec)
    {
        if (spec.SaveSteps is not { } every)
        {
            return 0;
        }

        long together = (long)every / (long)BigInteger.GreatestCommonDivisor(every, spec.EvalSteps) * spec.EvalSteps;
        return Multiples(every, Last!.Step, spec.MaxSteps) - Multiples(together, Last.Step, spec.MaxSteps);
    }

    /// <summary>Returns the remaining seconds of the tests: of the last weights, and of the best if they differ.</summary>
    private double TestsLeft(RunSpec spec, double step)
    {
        double each = Test ?? Seen(Dataset.Test, Evaluation is { } seconds
            && ValidRows > 0 ? seconds * TestRows / ValidRows : Guess(TestRows, spec, step));
        bool isLastBest = Last!.Step == spec.MaxSteps && Validated == spec.MaxSteps && Best?.Step == spec.MaxSteps;
        int tests = (isLastBest ? 1 : 2) - (Test is null ? 0 : 1);
        return InProgress is { Split: Dataset.Test } ? ((tests - 1) * each) + Rest(each) : tests * each;
    }

    /// <summary>Returns the remaining part of the current evaluation.</summary>
    private double Rest(double each) => InProgress is { Total: > 0 } now ? each * (now.Total - now.Done) / now.Total : each;

    /// <summary>Extrapolates the first evaluation of a split once a quarter of it is done; never less than the guess.</summary>
    private double Seen(string split, double guess) =>
        InProgress is { } now && now.Split == split && now.Done > 0 && now.Done * 4L >= now.Total
            ? Math.Max(guess, now.Seconds * now.Total / now.Done)
            : guess;

    private static double Guess(int rows, RunSpec spec, double step) =>
        rows * step * JudgedPerTrained / ((double)spec.BatchSize * spec.GradSteps);

    /// <summary>Returns false for a spec that no run can start with; a file may contain one.</summary>
    private static bool IsCountable(RunSpec spec) => spec is { EvalSteps: > 0, SaveSteps: null or > 0, BatchSize: > 0, GradSteps: > 0 };

    private static int Limited(RunSpec spec, int rows) => Math.Min(rows, spec.EvalLimit ?? rows);

    /// <summary>Counts the multiples after one step up to the last step, which always counts.</summary>
    private static long Multiples(long every, int after, int last) => after >= last ? 0 : ((last - 1) / every) - (after / every) + 1;

    private static double Median(ImmutableArray<double> values)
    {
        ImmutableArray<double> sorted = values.Sort();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    [Flags]
    private enum Between
    {
        Nothing = 0,
        Evaluation = 1,
        Save = 2,

        /// <summary>A pause or a start: the elapsed time is not meaningful.</summary>
        Broken = 4,
    }
}
