using System.Collections.Immutable;
using System.Numerics;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;

namespace DistillStudio.Engine.Runs;

/// <summary>
/// How long a run will still take, estimated from its events: the steps left, the evaluations and checkpoints between them, and the tests at the end.
/// Immutable; made anew from each event.
/// </summary>
public sealed record TimeEstimate
{
    /// <summary>Steps at the start of a process that count for nothing once later ones are known: code is compiled and memory fetched in them.</summary>
    private const int WarmUp = 3;

    /// <summary>Steps whose median is a step's time: enough for a few slow ones to weigh nothing.</summary>
    private const int Window = 31;

    /// <summary>A row judged beside a row trained on, until an evaluation was seen: a forward pass is a third of a step, and a short answer is written.</summary>
    private const double JudgedPerTrained = 0.5;

    /// <summary>Seconds that a checkpoint may take; more has passed where a clock was set or the machine slept.</summary>
    private const double LongestGap = 120;

    private RunSpec? Spec { get; init; }

    private int ValidRows { get; init; }

    private int TestRows { get; init; }

    private ImmutableArray<double> Steps { get; init; } = [];

    /// <summary>Steps that this process has taken.</summary>
    private int Taken { get; init; }

    private StepCompleted? Last { get; init; }

    /// <summary>What came after the last step.</summary>
    private Between Since { get; init; }

    /// <summary>How far the evaluation under way has come; null between two.</summary>
    private EvaluationProgressed? UnderWay { get; init; }

    private BestWeights? Best { get; init; }

    /// <summary>The last step that was validated.</summary>
    private int Validated { get; init; }

    /// <summary>Seconds that an evaluation of validation took by itself; null until one was seen.</summary>
    private double? Evaluation { get; init; }

    /// <summary>Seconds that an evaluation kept the steps waiting, with its checkpoints.</summary>
    private double? EvaluationStop { get; init; }

    /// <summary>Seconds that a checkpoint without an evaluation kept the steps waiting.</summary>
    private double SaveStop { get; init; }

    /// <summary>Seconds of the first of the two tests.</summary>
    private double? Test { get; init; }

    /// <summary>Null before the second step of a process, whose first tells nothing.</summary>
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
            UnderWay = null,
            Since = Between.Broken,
        },
        StepCompleted e => Apply(e),
        EvaluationProgressed e => this with { UnderWay = e },
        EvaluationCompleted { Split: Dataset.Valid } e => this with
        {
            UnderWay = null,
            Best = BestWeights.Of(Best, e),
            Validated = e.Step,
            Evaluation = e.Seconds,
            EvaluationStop = Math.Max(e.Seconds, EvaluationStop ?? 0),
            Since = Since | Between.Evaluation,
        },
        EvaluationCompleted e => this with { UnderWay = null, Test = e.Seconds },
        Checkpointed { IsBest: false } => this with { Since = Since | Between.Save },
        Paused => this with { Since = Since | Between.Broken },
        Resumed { IsRestored: true } e => this with { Best = e.Best, Since = Between.Broken, UnderWay = null },
        Resumed => this with { Since = Since | Between.Broken },
        _ => this,
    };

    private TimeEstimate Apply(StepCompleted step)
    {
        // The time that passed beside the step itself went to what came between the two.
        double gap = Last is null || Since.HasFlag(Between.Broken) ? 0 : Math.Max(0, (step.Time - Last.Time).TotalSeconds - step.Seconds);
        bool isKnown = gap > 0 && gap < LongestGap + (Evaluation ?? 0);
        ImmutableArray<double> steps = [.. Steps.Length == Window ? Steps.AsSpan()[1..] : Steps.AsSpan(), step.Seconds];
        return this with
        {
            Last = step,
            Taken = Taken + 1,
            Steps = Taken + 1 == WarmUp + 2 ? steps[WarmUp..] : steps,
            UnderWay = null,
            Since = Between.Nothing,
            EvaluationStop = isKnown && Since.HasFlag(Between.Evaluation) ? gap : EvaluationStop,
            SaveStop = isKnown && Since == Between.Save ? gap : SaveStop,
        };
    }

    /// <summary>While the process warms up, its fastest step is nearest to those that follow.</summary>
    private double? StepSeconds => Taken < 2 ? null : Taken < WarmUp + 2 ? Steps.Min() : Median(Steps);

    private double EvaluationsLeft(RunSpec spec, double step)
    {
        double each = EvaluationStop ?? Seen(Dataset.Valid, Guess(ValidRows, spec, step));
        bool isDue = Last!.Step > Validated && (Last.Step % spec.EvalSteps == 0 || Last.Step == spec.MaxSteps);
        long later = Multiples(spec.EvalSteps, Last.Step, spec.MaxSteps);
        return (later * each) + (isDue ? Rest(each) : 0);
    }

    /// <summary>Those that come with an evaluation count there.</summary>
    private long SavesLeft(RunSpec spec)
    {
        if (spec.SaveSteps is not { } every)
        {
            return 0;
        }

        long together = (long)every / (long)BigInteger.GreatestCommonDivisor(every, spec.EvalSteps) * spec.EvalSteps;
        return Multiples(every, Last!.Step, spec.MaxSteps) - Multiples(together, Last.Step, spec.MaxSteps);
    }

    /// <summary>The last weights are tested, and the best where they are others.</summary>
    private double TestsLeft(RunSpec spec, double step)
    {
        double each = Test ?? Seen(Dataset.Test, Evaluation is { } seconds && ValidRows > 0 ? seconds * TestRows / ValidRows : Guess(TestRows, spec, step));
        bool isLastBest = Last!.Step == spec.MaxSteps && Validated == spec.MaxSteps && Best?.Step == spec.MaxSteps;
        int tests = (isLastBest ? 1 : 2) - (Test is null ? 0 : 1);
        return UnderWay is { Split: Dataset.Test } ? ((tests - 1) * each) + Rest(each) : tests * each;
    }

    /// <summary>The share of the evaluation under way that is left.</summary>
    private double Rest(double each) => UnderWay is { Total: > 0 } now ? each * (now.Total - now.Done) / now.Total : each;

    /// <summary>Seconds of the first evaluation of a split, once a quarter of it has taken longer than was guessed.</summary>
    private double Seen(string split, double guess) =>
        UnderWay is { } now && now.Split == split && now.Done > 0 && now.Done * 4L >= now.Total ? Math.Max(guess, now.Seconds * now.Total / now.Done) : guess;

    private static double Guess(int rows, RunSpec spec, double step) => rows * step * JudgedPerTrained / ((double)spec.BatchSize * spec.GradSteps);

    /// <summary>A file may hold a spec that no run began with.</summary>
    private static bool IsCountable(RunSpec spec) => spec is { EvalSteps: > 0, SaveSteps: null or > 0, BatchSize: > 0, GradSteps: > 0 };

    private static int Limited(RunSpec spec, int rows) => Math.Min(rows, spec.EvalLimit ?? rows);

    /// <summary>How many multiples lie after one step and up to the last, which counts always.</summary>
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

        /// <summary>A pause or a start: the time that passed says nothing.</summary>
        Broken = 4,
    }
}
