using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Verdicts;

namespace DistillStudio.Tests.Engine.Verdicts;

public sealed partial class VerdictTests : IDisposable
{
    private readonly VerdictScene _scene = new();

    private static RunSpec Standard => VerdictScene.Standard;

    private static RunSpec StepByStep => VerdictScene.StepByStep;

    public void Dispose() => _scene.Dispose();

    [Fact]
    public void Of_OneSeedEach_ClaimsTheModelsAndNothingAboutMethods()
    {
        ComparedRun[] others =
            [.. new[] { 150, 180, 230, 260 }.Select((right, i) => _scene.Finished(Standard with { Seed = i + 1 }, row => row < right))];

        var verdict = Verdict.Of(
            [_scene.Finished(Standard, row => row < 200), _scene.Finished(StepByStep, row => row < 400)], others: others);

        Assert.Equal(
            [
                "These two models: Step-by-step, seed 0 gets 40.0 points more of the test rows right than Standard, seed 0, "
                    + "more than chance in the rows explains: 80.0 % against 40.0 % on the 500 test rows.",
                "The methods: one seed each tells nothing about methods. Two runs of Standard that differ only in their seed are 10.8 "
                    + "points apart on average here, and within 33.6 points in 95 of 100 cases (from 5 seeds). "
                + "4 more seeds would begin to tell.",
            ],
            verdict.Sentences);
        Assert.True(verdict.Leading!.Models.Judgement.IsDecided);
        Assert.False(verdict.Leading.Methods!.Judgement.IsDecided);
        Assert.Equal(
            [(1, "task_prefix"), (2, "task_prefix"), (3, "task_prefix"), (4, "task_prefix")], // those of standard are there
            verdict.MoreSeeds.Select(spec => (spec.Seed, spec.Method)));
        Assert.Equal(others.Select(run => run.Id), verdict.LeftOut.Select(run => run.Id));
        Assert.Contains(
            "Tested runs of further seeds lie here and are not compared: Standard (seeds 1, 2, 3, 4). "
                + "To choose among seeds after they were seen is to choose the result.",
            verdict.Evidence);
    }

    /// <summary>However far apart: a seed is no method.</summary>
    [Fact]
    public void Of_RunsThatDifferOnlyBySeed_AreOneMethod()
    {
        var verdict = Verdict.Of(
            [.. Enumerable.Range(0, 5).Select(seed => _scene.Finished(Standard with { Seed = seed }, row => row < 150 + (60 * seed)))]);

        Assert.Single(verdict.Groups);
        Assert.Equal(4, verdict.Pairs.Count);
        Assert.All(verdict.Pairs, pair => Assert.Null(pair.Methods));
        Assert.StartsWith(
            "The methods: these runs are of one method and differ only in the seed. Nothing follows about methods.", verdict.Sentences[1],
            StringComparison.Ordinal);
        Assert.Empty(verdict.MoreSeeds);
    }

    [Fact]
    public void Of_SameSeedWithOtherThreads_DiffersByRounding()
    {
        var verdict = Verdict.Of(
            [_scene.Finished(StepByStep, row => row < 428), _scene.Finished(StepByStep, row => row < 396, threads: 2)]);

        Assert.Single(verdict.Groups);
        Assert.Equal(
            "The methods: same settings; the runs differ by rounding, in threads (1 and 2), as they would with another seed. "
                + "Nothing follows about methods.",
            verdict.Sentences[1]);
    }

    [Fact]
    public void Of_FewerRowsEvaluated_ComparesTheSharedRows()
    {
        var verdict = Verdict.Of(
            [
                _scene.Finished(Standard, row => row % 5 < 2),
                _scene.Finished(Standard with { EvalLimit = 60 }, row => row % 5 < 2, rows: 60),
            ]);

        Assert.Equal(
            "These two models: no row differs; both get 40.0 % right on the 60 rows both were tested on, of 500.", verdict.Sentences[0]);
        Assert.Equal(0, verdict.Leading!.Models.Rows!.Difference);
        Assert.Equal(
            "The methods: these runs are of one method and differ only in rows evaluated. Nothing follows about methods.",
            verdict.Sentences[1]);
    }

    [Fact]
    public void Of_ReorderedTestFile_PairsByContent()
    {
        int[] reversed = [.. Enumerable.Range(0, 40).Reverse()];

        var verdict = Verdict.Of(
            [_scene.Finished(Standard, row => row < 11, rows: 40), _scene.Finished(Standard, row => row < 11, rows: 40, order: reversed)]);

        Assert.StartsWith("These two models: no row differs", verdict.Sentences[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Of_OtherTestRows_IsRefusedWithTheReason()
    {
        var verdict = Verdict.Of(
            [_scene.Finished(Standard, row => row < 200), _scene.Finished(StepByStep, row => row < 400, content: "another")]);

        Assert.StartsWith(
            "These two models cannot be compared. The two were tested on different rows", verdict.Sentences[0], StringComparison.Ordinal);
        Assert.Equal(
            "The methods: they cannot be compared, for there is no row on which all their runs were tested.", verdict.Sentences[1]);
        Assert.Equal(0, verdict.Leading!.Models.Shared);
        Assert.Empty(verdict.MoreSeeds); // they would not be comparable either
    }

    [Fact]
    public void Of_FiveSeedsThatDifferMuch_DecidesTheMethods()
    {
        var verdict = Verdict.Of(Seeds(5, standard: 200, stepByStep: 400));

        Assert.True(verdict.Leading!.Methods!.Judgement.IsDecided);
        Assert.StartsWith(
            "The methods: Step-by-step is better than Standard by 40.0 points on average over 5 seeds that both have (95 % interval +3",
            verdict.Sentences[1], StringComparison.Ordinal);
        Assert.Equal(["Standard", "Step-by-step"], verdict.Groups.Select(group => group.Name));
        Assert.Empty(verdict.MoreSeeds);
    }

    [Fact]
    public void Groups_TwoSeedsFarApart_HaveAnIntervalOfAccuracies()
    {
        var group = Verdict.Of(
            [_scene.Finished(Standard, row => row < 480), _scene.Finished(Standard with { Seed = 1 }, row => row < 300)]).Groups[0];

        Assert.Equal(0.78, group.Mean!.Value, 1e-12);
        Assert.Equal((0.0, 1.0), (group.MeanInterval!.Low, group.MeanInterval.High));
    }

    [Fact]
    public void Of_SeedsThatDifferMoreThanTheMethods_SaysWhatItWouldTake()
    {
        ComparedRun[] runs =
        [
            .. new[] { 150, 260, 200 }.Select((right, seed) => _scene.Finished(Standard with { Seed = seed }, row => row < right)),
            .. new[] { 240, 180, 210 }.Select((right, seed) => _scene.Finished(StepByStep with { Seed = seed }, row => row < right)),
        ];

        var verdict = Verdict.Of(runs);

        Assert.False(verdict.Leading!.Methods!.Judgement.IsDecided);
        Assert.StartsWith(
            "The methods: no difference can be told over 3 seeds that both have: Step-by-step gets 1.3 points more on average",
            verdict.Sentences[1], StringComparison.Ordinal);
        Assert.Contains("more seeds would be needed for 2 points", verdict.Sentences[1], StringComparison.Ordinal);
        Assert.Equal(8, verdict.MoreSeeds.Count);
        Assert.Equal([3, 4, 5, 6], verdict.MoreSeeds.Select(spec => spec.Seed).Distinct());
    }

    [Fact]
    public void Of_SameAccuracyWithinTheMargin_IsEquivalent()
    {
        var verdict = Verdict.Of(
            [
                _scene.Finished(Standard, row => row % 100 < 80, rows: 4000),
                _scene.Finished(StepByStep, row => row % 100 is > 0 and < 81, rows: 4000),
            ]);

        Assert.Equal(
            "These two models: Step-by-step, seed 0 is as good as Standard, seed 0 within 2 points: "
                + "80.0 % against 80.0 % on the 4,000 test rows.",
            verdict.Sentences[0]);
        Assert.True(verdict.Leading!.Models.Judgement.IsEquivalent);
        Assert.False(Verdict.Of(verdict.Runs, margin: 0.001).Leading!.Models.Judgement.IsEquivalent);
    }

    [Fact]
    public void Of_BestOfSeveral_CountsAsComparingAll()
    {
        ComparedRun baseline = _scene.Finished(Standard, row => row < 250);
        ComparedRun[] alphas = [
            .. new[] { 0.1, 0.3, 0.7, 0.9 }.Select(
                (alpha, i) => _scene.Finished(
                    StepByStep with { Alpha = alpha }, row => row is >= 10 and < 250 || (row >= 400 && row < 410 + (i == 2 ? 14 : 0))))
        ];

        var alone = Verdict.Of([baseline, alphas[2]]);
        var together = Verdict.Of([baseline, .. alphas]);

        Assert.True(alone.Leading!.Models.Judgement.IsDecided);
        Assert.Equal("alpha 0.7", together.Leading!.Methods!.Other.Name[^9..]);
        Assert.False(together.Leading.Models.Judgement.IsDecided);
        Assert.Equal(Math.Min(1, 4 * alone.Leading.Models.Judgement.PValue), together.Leading.Models.Judgement.PValue, 1e-12);
        Assert.Contains(
            together.Evidence, line => line.Contains("p values and intervals are corrected for all 4 (Holm)", StringComparison.Ordinal));
        Assert.All(together.Pairs, pair => Assert.Equal(pair.Models.Judgement.IsDecided, !pair.Models.Judgement.Interval.Contains(0)));
    }

    [Fact]
    public void Of_CollapsedSeed_IsMarkedAndTheVerdictStandsWithoutItToo()
    {
        ComparedRun[] runs = Seeds(5, standard: 200, stepByStep: 400);
        runs[7] = _scene.Finished(StepByStep with { Seed = 2 }, row => row == 0, label: _ => "0");

        var verdict = Verdict.Of(runs);

        Assert.Equal(new(runs[7].Id, "collapsed: it gives one answer to 100.0 % of the test rows"), Assert.Single(verdict.Collapsed));
        Assert.StartsWith(
            "Without Step-by-step, seed 2, which collapsed: the methods: Step-by-step is better than Standard by 40.", verdict.Sentences[2],
            StringComparison.Ordinal);
        Assert.Contains("over 4 seeds that both have", verdict.Sentences[2], StringComparison.Ordinal);
        Assert.Contains("Step-by-step, seed 2 collapsed: it gives one answer to 100.0 % of the test rows.", verdict.Evidence);
    }

    /// <summary>A 95 % interval beside the claim may reach past the margin; the tests rest on one of 90 %.</summary>
    [Fact]
    public void Of_EquivalentMethods_TellsTheIntervalThatLiesWithinTheMargin()
    {
        int[] differences = [-3, 4, 1, -2, 5];
        ComparedRun[] runs =
        [
            .. differences.Select((_, seed) => _scene.Finished(Standard with { Seed = seed }, row => row < 200)),
            .. differences.Select((more, seed) => _scene.Finished(StepByStep with { Seed = seed }, row => row < 200 + more)),
        ];

        Judgement judged = Verdict.Of(runs).Leading!.Methods!.Judgement;

        Assert.True(judged.IsEquivalent);
        Assert.Equal(0.9, judged.Equivalence!.Level, 12);
        Assert.InRange(judged.Equivalence.Interval.High, 0, 0.02);
        Assert.True(judged.Equivalence.PValue <= 0.05);
        Assert.Contains(
            $"(90 % interval {VerdictText.Between(judged.Equivalence.Interval)}", Verdict.Of(runs).Sentences[1], StringComparison.Ordinal);
        Assert.Contains("for a difference of 2 points or more", Verdict.Of(runs).Sentences[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Of_FailedBeforeItsFirstEvaluation_IsNamedSo()
    {
        ComparedRun failed = _scene.Of(StepByStep, true, RunScript.Started(StepByStep), new Failed(0, "The data is damaged.", null, null));

        var verdict = Verdict.Of([_scene.Finished(Standard, row => row < 200), failed]);

        Assert.Equal(["Step-by-step, seed 0 failed before its first evaluation: The data is damaged."], verdict.Sentences);
        Assert.DoesNotContain("aiting", string.Join(' ', verdict.Sentences), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_FailedThird_IsLeftOutAndNamed()
    {
        ComparedRun failed = _scene.Of(StepByStep with { Seed = 1 }, true, new Failed(0, "It broke.", null, null));

        var verdict = Verdict.Of([_scene.Finished(Standard, row => row < 200), _scene.Finished(StepByStep, row => row < 400), failed]);

        Assert.StartsWith("These two models: Step-by-step, seed 0 gets 40.0 points more", verdict.Sentences[0], StringComparison.Ordinal);
        Assert.Equal("Step-by-step, seed 1 failed before its first evaluation: It broke.", verdict.Sentences[^1]);
    }

    [Fact]
    public void Of_RunsUnderWay_StandOnValidationWithoutAClaim()
    {
        ComparedRun waiting = _scene.Of(Standard with { Seed = 1 }, false, RunScript.Started(Standard));
        ComparedRun running = _scene.Of(StepByStep, false, VerdictScene.Begun(StepByStep));

        Assert.Equal(
            ["So far Step-by-step, seed 0 and Standard, seed 0 are level on validation after step 800: 60.0 % against 60.0 %.", "Waiting "
                + "for the first evaluation of Standard, seed 1."],
            Verdict.Of([_scene.Finished(Standard, row => row < 200), running, waiting]).Sentences);
    }

    [Fact]
    public void Of_OtherValidationRows_SaysSoAtTheCurves()
    {
        RunEvent[] few = [.. VerdictScene.Begun(StepByStep).Select(e => e is EvaluationCompleted look ? look with { Rows = 60 } : e)];

        string? note =
            Verdict.Of([_scene.Of(Standard, false, VerdictScene.Begun(Standard)), _scene.Of(StepByStep, false, few)]).ValidationNote;

        Assert.Equal("Their validation rows differ (60 and 100 rows): curves and accuracies on validation are not of the same rows, "
            + "and do not compare the runs.", note);
    }

    private ComparedRun[] Seeds(int count, int standard, int stepByStep) =>
    [
        .. Enumerable.Range(0, count).Select(seed => _scene.Finished(Standard with { Seed = seed }, row => row < standard + (5 * seed))),
        .. Enumerable.Range(0, count).Select(
            seed => _scene.Finished(StepByStep with { Seed = seed }, row => row < stepByStep + (5 * (seed * 3 % 5)))),
    ];
}
