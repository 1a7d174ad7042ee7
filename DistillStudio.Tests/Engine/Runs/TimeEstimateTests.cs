using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using TestResult = DistillStudio.Engine.Runs.TestResult;

namespace DistillStudio.Tests.Engine.Runs;

/// <summary>The estimated time left, compared with the time that a simulated run then takes.</summary>
public class TimeEstimateTests
{
    /// <summary>Steps, seconds of a step, of an evaluation, of its checkpoints; how many times slower the first steps are; rows to validate
    /// and test.</summary>
    public static TheoryData<Script> Scripts =>
    [
        new Script(),
        new Script { Evaluation = 40, ValidRows = 974, TestRows = 1221 }, // evaluations take most of the time
        new Script { Evaluation = 0.2, Checkpoint = 3 },
        new Script { Step = 60, MaxSteps = 120, EvalSteps = 20, Evaluation = 600, TestRows = 1000 },
        new Script { Step = 0.01, MaxSteps = 2000, EvalSteps = 500, WarmUpFactor = 30 },
        new Script { MaxSteps = 100, EvalSteps = 30, TestRows = 5000 }, // the tests take most of the time
        new Script { SaveSteps = 7, Checkpoint = 2 },
        new Script { IsLastBest = true },
        new Script { EvalLimit = 50, TestRows = 5000 },
    ];

    [Theory]
    [MemberData(nameof(Scripts))]
    public void SecondsLeft_AfterTheFirstEvaluation_IsWithinAQuarterOfTheTruth(Script script)
    {
        (RunEvent Event, double At)[] run = [.. script.Run()];
        double end = run[^1].At;
        int from = Array.FindIndex(run, e => e.Event is EvaluationCompleted) + 1;
        from = Math.Max(from, Array.FindIndex(run, e => e.Event is StepCompleted { Step: 10 }));
        double unneeded = script.IsLastBest ? script.Test : 0; // two tests are expected until the last evaluation
        var estimate = new TimeEstimate();
        for (int i = 0; i < run.Length - 1; i++)
        {
            estimate = estimate.Apply(Dated(run[i]));
            double left = end - run[i].At;
            if (i >= from && left > 3 * script.Step)
            {
                Assert.InRange(
                    estimate.SecondsLeft!.Value, (0.75 * left) - (3 * script.Step), (1.25 * left) + (3 * script.Step) + unneeded);
            }
        }
    }

    [Fact]
    public void SecondsLeft_InTheFirstSteps_IsNotManyTimesTooHigh()
    {
        var script = new Script
        {
            Step = 0.02,
            MaxSteps = 800,
            EvalSteps = 100,
            Evaluation = 0.2,
            WarmUpFactor = 7,
            ValidRows = 200,
            TestRows = 500,
        };
        (RunEvent Event, double At)[] run = [.. script.Run()];
        var estimate = new TimeEstimate();
        foreach ((RunEvent happened, double at) in run.TakeWhile(e => e.Event is not EvaluationCompleted))
        {
            estimate = estimate.Apply(Dated((happened, at)));
            if (happened is StepCompleted step)
            {
                double left = run[^1].At - at;
                Assert.Equal(step.Step > 1, estimate.SecondsLeft is not null);
                Assert.True(step.Step < 5
                    || estimate.SecondsLeft < 1.5 * left, $"{estimate.SecondsLeft:0.0} s at step {step.Step}, {left:0.0} s in truth");
            }
        }
    }

    /// <summary>The first steps as a busy machine of two cores took them.</summary>
    [Fact]
    public void SecondsLeft_SlowStepsAfterTheThird_IsNotManyTimesTooHigh()
    {
        var script = new Script { Step = 0.038, MaxSteps = 800, Evaluation = 0.6, FirstSteps = [0.303, 0.149, 0.082, 0.47, 0.332, 0.165] };
        (RunEvent Event, double At)[] run = [.. script.Run()];
        var estimate = new TimeEstimate();
        foreach ((RunEvent happened, double at) in run.TakeWhile(e => e.Event is not EvaluationCompleted))
        {
            estimate = estimate.Apply(Dated((happened, at)));
            double left = run[^1].At - at;
            Assert.True(
                happened is not StepCompleted { Step: > 2 } || estimate.SecondsLeft < 2.5 * left,
                $"{estimate.SecondsLeft:0.0} s, {left:0.0} s in truth");
        }
    }

    [Fact]
    public void SecondsLeft_AfterAPause_LeavesThePauseOut()
    {
        var script = new Script();
        (RunEvent Event, double At)[] run = [.. script.Run()];
        int pause = Array.FindIndex(run, e => e.Event is StepCompleted { Step: 120 });
        TimeEstimate before = run.Take(pause + 1).Aggregate(new TimeEstimate(), (estimate, e) => estimate.Apply(Dated(e)));
        TimeEstimate after = before.Apply(new Paused(120)).Apply(new Resumed(120)).Apply(
            Dated((run[pause + 1].Event, run[pause + 1].At + 3600)));

        Assert.Equal(before.SecondsLeft!.Value, after.SecondsLeft!.Value, 1.5 * script.Step);
    }

    [Fact]
    public void SecondsLeft_FirstEvaluationIsSlow_IsSeenBeforeItEnds()
    {
        double[] left =
            [.. During(new Script { Evaluation = 80, Reports = 79 }, e => e is EvaluationProgressed { Split: Dataset.Valid, Step: 100 })];

        Assert.True(left[0] < 1000);
        Assert.InRange(left[20], 0.75 * 2000, 1.25 * 2000); // 900 steps, ten evaluations of 80 s, two tests of 160 s
    }

    [Fact]
    public void SecondsLeft_InASlowEvaluation_ShrinksWithItsProgress()
    {
        var script = new Script { Evaluation = 80, Reports = 79 };
        double[] left = [.. During(script, e => e is EvaluationProgressed { Split: Dataset.Valid, Step: 200 })];

        Assert.Equal(80, left.Length);
        Assert.Equal(79, left[0] - left[^1], 4.0);
        Assert.Equal(left.OrderDescending(), left);
    }

    [Fact]
    public void SecondsLeft_InTheTests_ReachesNothing()
    {
        double[] left = [.. During(new Script { Reports = 9, TestRows = 1000 }, e => e is EvaluationProgressed { Split: Dataset.Test })];

        Assert.Equal(20, left.Length); // the last weights, then the best
        Assert.Equal(left.OrderDescending(), left);
        Assert.InRange(left[^1], 9, 11); // a tenth of the second test, of 100 s
    }

    [Fact]
    public void SecondsLeft_OfARunContinuedElsewhere_CountsOnlyItsOwnSteps()
    {
        TimeEstimate slow = new Script { Step = 10 }.Run().TakeWhile(e => e.Event is not StepCompleted { Step: 250 }).Aggregate(
            new TimeEstimate(), (estimate, e) => estimate.Apply(Dated(e)));
        Script fast = new() { Step = 0.1, Evaluation = 0.1 };
        TimeEstimate now = fast.Run().Where(e => e.Event is Started or StepCompleted { Step: > 200 and <= 210 }).Aggregate(
            slow.Apply(new Resumed(200, IsRestored: true)), (estimate, e) => estimate.Apply(Dated(e)));

        Assert.InRange(now.SecondsLeft!.Value, 79, 79 + (8 * 20) + 50); // steps as they are now; evaluations as they were
    }

    /// <summary>Events come from a file, which anyone may have written.</summary>
    [Fact]
    public void SecondsLeft_EventsThatMakeNoSense_IsUnknownOrANumber()
    {
        RunSpec spec = RunScript.Spec();
        foreach (RunSpec odd in
            new[]
            {
                spec with { EvalSteps = 0 },
                spec with { SaveSteps = 0 },
                spec with { BatchSize = 0 },
                spec with { GradSteps = -1 },
                spec with { MaxSteps = int.MaxValue, EvalSteps = 1, SaveSteps = int.MaxValue },
            })
        {
            RunEvent[] events =
            [
                RunScript.Started(odd) with { ValidRows = 0, TestRows = -5 }, RunScript.Step(1, spec) with { Seconds = double.NaN },
                RunScript.Step(int.MaxValue - 1, spec), RunScript.Step(3, spec),
                new EvaluationProgressed(3, "valid", "", -1, 0, -1), new EvaluationProgressed(3, "test", "", 5, 1, double.MaxValue),
                RunScript.Valid(3, 2),
            ];
            TimeEstimate estimate = events.Aggregate(new TimeEstimate(), (before, e) => before.Apply(e));
            Assert.True(estimate.SecondsLeft is null or double.NaN or > double.NegativeInfinity);
        }
    }

    private static IEnumerable<double> During(Script script, Func<RunEvent, bool> isWanted)
    {
        var estimate = new TimeEstimate();
        foreach ((RunEvent Event, double At) happened in script.Run())
        {
            estimate = estimate.Apply(Dated(happened));
            if (isWanted(happened.Event))
            {
                yield return estimate.SecondsLeft!.Value;
            }
        }
    }

    private static RunEvent Dated((RunEvent Event, double At) happened) =>
        happened.Event with { Time = RunScript.Start.AddSeconds(happened.At) };

    /// <summary>A run whose times are known beforehand: steps of even length with some noise, the first slower.</summary>
    public sealed record Script
    {
        public double Step { get; init; } = 1;

        public int MaxSteps { get; init; } = 1000;

        public int EvalSteps { get; init; } = 100;

        public int? SaveSteps { get; init; }

        public int? EvalLimit { get; init; }

        public double Evaluation { get; init; } = 10;

        public double Checkpoint { get; init; } = 0.5;

        public double WarmUpFactor { get; init; } = 7;

        /// <summary>Seconds of the first steps, where they are to differ from the others.</summary>
        public double[] FirstSteps { get; init; } = [];

        public int ValidRows { get; init; } = 100;

        public int TestRows { get; init; } = 200;

        public bool IsLastBest { get; init; }

        /// <summary>Reports of progress within an evaluation, besides that of its beginning.</summary>
        public int Reports { get; init; }

        public double Test => Evaluation * Limit(TestRows) / Limit(ValidRows);

        public IEnumerable<(RunEvent Event, double At)> Run()
        {
            RunSpec spec = RunScript.Spec(MaxSteps) with { EvalSteps = EvalSteps, SaveSteps = SaveSteps, EvalLimit = EvalLimit };
            var random = new Random(1);
            double at = 5;
            yield return (RunScript.Started(spec) with { ValidRows = ValidRows, TestRows = TestRows }, at);
            for (int step = 1; step <= MaxSteps; step++)
            {
                double seconds =
                    Step * (0.9 + (0.2 * random.NextDouble())) * (
                        step == 1 ? WarmUpFactor : step <= 3 ? 1 + (WarmUpFactor / 10) : 1) * (step % 50 == 17 ? 4 : 1);
                seconds = step <= FirstSteps.Length ? FirstSteps[step - 1] : seconds;
                yield return (RunScript.Step(step, spec) with { Seconds = seconds }, at += seconds);
                bool isLast = step == MaxSteps;
                if (step % EvalSteps == 0 || isLast)
                {
                    foreach ((RunEvent, double) look in
                        Look(step, Dataset.Valid, "current", at, Evaluation, isLast && !IsLastBest ? 0.1 : step / (2.0 * MaxSteps)))
                    {
                        yield return look;
                    }

                    at += Evaluation + Checkpoint;
                    yield return (new Checkpointed(step, "", false, 1), at);
                }
                else if (SaveSteps is { } every && step % every == 0)
                {
                    yield return (new Checkpointed(step, "", false, 1), at += Checkpoint);
                }
            }

            foreach (string weights in IsLastBest ? new[] { "last" } : ["last", "best"])
            {
                foreach ((RunEvent, double) look in Look(MaxSteps, Dataset.Test, weights, at, Test, 0.5))
                {
                    yield return look;
                }

                at += Test;
            }

            yield return (new Finished(MaxSteps, new TestResult(0.5, 1, 2, MaxSteps), null, null, 0.5, "model", at), at);
        }

        private double Limit(int rows) => Math.Min(rows, EvalLimit ?? rows);

        private IEnumerable<(RunEvent Event, double At)> Look(
            int step, string split, string weights, double start, double seconds, double accuracy)
        {
            for (int i = 0; i <= Reports; i++)
            {
                double passed = seconds * i / (Reports + 1);
                yield return (new EvaluationProgressed(step, split, weights, i, Reports + 1, passed), start + passed);
            }

            yield return (new EvaluationCompleted
            {
                Step = step,
                Split = split,
                Weights = weights,
                Accuracy = accuracy,
                Correct = 1,
                Rows = 100,
                LabelLoss = 1,
                RationaleLoss = 2,
                Loss = 1.5,
                Seconds = seconds,
            }, start + seconds);
        }
    }
}
