using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Verdicts;

namespace DistillStudio.Tests.Engine.Verdicts;

/// <summary>Verdicts on runs that learned nothing.</summary>
public sealed class CollapseVerdictTests : IDisposable
{
    private readonly VerdictScene _scene = new();

    public void Dispose() => _scene.Dispose();

    [Fact]
    public void Of_AllRunsCollapsed_ClaimsNothingAndOffersNoSeeds()
    {
        var verdict = Verdict.Of([.. Nothing(VerdictScene.Standard, 3), .. Nothing(VerdictScene.StepByStep, 3)]);

        Assert.Equal(6, verdict.Collapsed.Count);
        Assert.Equal(
            [
                "These two models cannot be compared. Both collapsed: neither learned more than to give the commonest answer, "
                    + "and nothing follows from that.",
                "The methods: all 6 runs of Standard and Step-by-step collapsed: they learned no more than to give the commonest answer, "
                    + "which tells nothing about either method. "
                + "Train longer, or with another learning rate, and compare again.",
            ],
            verdict.Sentences);
        Assert.False(verdict.Leading!.Methods!.Judgement.IsEquivalent || verdict.Leading.Models.Judgement.IsEquivalent);
        Assert.Empty(verdict.MoreSeeds);
        Assert.Contains(verdict.Evidence, line =>
            line.StartsWith("6 runs collapsed: Standard (seeds 0, 1, 2) and Step-by-step (seeds 0, 1, 2).", StringComparison.Ordinal));
    }

    [Fact]
    public void Of_OneMethodCollapsed_IsDecidedAndSaysWhatIsNotKnown()
    {
        var verdict = Verdict.Of([.. Nothing(VerdictScene.Standard, 3), .. Learned(VerdictScene.StepByStep, 3)]);

        Assert.True(verdict.Leading!.Methods!.Judgement.IsDecided);
        Assert.Equal(
            "All 3 runs of Standard collapsed: that it did not learn here is all that follows; how good it is where it learns is not "
                + "known.",
            verdict.Sentences[2]);
        Assert.Null(verdict.Leading.WithoutCollapsed);
    }

    /// <summary>Ten points is more than any difference here: within them, collapsed and learned runs are equally good by the figures
    /// alone.</summary>
    [Fact]
    public void Of_OneMethodCollapsedWithinTheMargin_IsNotCalledAsGood()
    {
        ComparedRun[] poor =
            [.. Enumerable.Range(0, 3).Select(seed => _scene.Finished(VerdictScene.StepByStep with { Seed = seed }, row => row < 20))];

        var verdict = Verdict.Of([.. Nothing(VerdictScene.Standard, 3), .. poor], margin: 0.1);

        Assert.Equal(3, verdict.Collapsed.Count);
        Assert.False(verdict.Leading!.Methods!.Judgement.IsEquivalent);
        Assert.DoesNotContain(verdict.Sentences, sentence => sentence.Contains("as good as", StringComparison.Ordinal));
        Assert.DoesNotContain(verdict.Sentences, sentence => sentence.Contains("though within", StringComparison.Ordinal));
    }

    [Fact]
    public void Of_RunThatIsNeverRightWithoutAKnownCommonestRate_IsCollapsed()
    {
        ComparedRun run = _scene.Finished(VerdictScene.Standard, _ => false);
        run = run with { Result = run.Result! with { Test = run.Test! with { CommonestRate = null } } };

        Assert.NotNull(Collapse.Of(run));
    }

    private IEnumerable<ComparedRun> Nothing(RunSpec spec, int seeds) =>
        Enumerable.Range(0, seeds).Select(seed => _scene.Finished(spec with { Seed = seed }, _ => false));

    private IEnumerable<ComparedRun> Learned(RunSpec spec, int seeds) =>
        Enumerable.Range(0, seeds).Select(seed => _scene.Finished(spec with { Seed = seed }, row => row < 300 + seed));
}
