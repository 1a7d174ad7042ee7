using DistillStudio.Engine.Verdicts;

namespace DistillStudio.Tests.Engine.Verdicts;

public sealed partial class VerdictTests
{
    [Fact]
    public void Of_UnequalCompute_ComparesAtTheSameOnValidation()
    {
        var verdict = Verdict.Of([_scene.Finished(Standard, row => row < 200), _scene.Finished(StepByStep, row => row < 400, flops: 2e9)]);

        Assert.Contains("At equal compute (8.0e11 FLOP), on validation: Step-by-step 50.0 %, Standard 60.0 %.", verdict.Evidence);
    }

    [Fact]
    public void Of_UnequalComputeAndEvaluationsInBetween_SaysWhatEachHadReallyTaken()
    {
        var verdict = Verdict.Of(
            [_scene.Finished(Standard, row => row < 200), _scene.Finished(StepByStep, row => row < 400, flops: 1.5e9)]);

        Assert.Contains(
            "At equal compute (8.0e11 FLOP; each at its last evaluation by then, after 6.0e11 to 8.0e11 FLOP), on validation: "
                + "Step-by-step 50.0 %, Standard 60.0 %.",
            verdict.Evidence);
    }

    [Fact]
    public void Of_EqualComputeAsked_ComparesValidationWithinTheSmallestBudget()
    {
        ComparedRun[] runs =
        [
            .. Enumerable.Range(0, 5).Select(seed => _scene.Finished(Standard with { Seed = seed }, row => row < 400)),
            .. Enumerable.Range(0, 5).Select(seed => _scene.Finished(StepByStep with { Seed = seed }, row => row < 200, flops: 2e9)),
        ];

        var verdict = Verdict.Of(runs, isAtEqualCompute: true);

        Assert.StartsWith(
            "At equal compute: each run at its last evaluation within 8.0e11 FLOP, which is the most that all have taken; on validation",
            verdict.Sentences[0], StringComparison.Ordinal);
        Assert.Equal(-0.1, verdict.Leading!.Methods!.Difference, 12); // 50 % after step 400 against 60 % after step 800
        Assert.Equal(5, verdict.Leading.Methods.SeedCount);
        Assert.Equal(0.4, verdict.Groups[1].Mean!.Value, 12); // the tests stay what they are
        Assert.DoesNotContain(verdict.Evidence, line => line.StartsWith("At equal compute", StringComparison.Ordinal));
    }

    [Fact]
    public void Of_EqualComputeBeforeTheFirstEvaluation_SaysWhichRunIsLate()
    {
        var verdict = Verdict.Of(
            [_scene.Finished(Standard, row => row < 200), _scene.Finished(StepByStep, row => row < 400, flops: 9e9)],
            isAtEqualCompute: true);

        Assert.Equal(
            "At equal compute (8.0e11 FLOP) nothing can be compared: Step-by-step, seed 0 was not validated by then. Evaluate more often.",
            Assert.Single(verdict.Sentences));
        Assert.Empty(verdict.Pairs);
    }

    [Fact]
    public void Of_RunResumedWithOtherThreads_NamesOnlyWhatChanged()
    {
        ComparedRun resumed = _scene.Finished(StepByStep, row => row < 400, threads: 2);
        ComparedRun one = _scene.Finished(Standard, row => row < 200);
        resumed = resumed with { Environments = [one.Environments[0], resumed.Environments[0]] };

        Assert.Contains(
            "The runs were not computed alike: threads (1; 1, then 2) differ, which changes results by rounding as another seed would.",
            Verdict.Of([one, resumed]).Evidence);
    }
}
