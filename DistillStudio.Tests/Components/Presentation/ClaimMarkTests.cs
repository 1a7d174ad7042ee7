using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Studies;
using DistillStudio.Engine.Verdicts;

namespace DistillStudio.Tests.Components.Presentation;

public sealed class ClaimMarkTests : IDisposable
{
    private readonly StudyHome _home = new();
    private readonly VerdictScene _scene = new();

    public void Dispose()
    {
        _home.Dispose();
        _scene.Dispose();
    }

    [Theory]
    [InlineData(0.5, 0.8, "better")]
    [InlineData(0.8, 0.5, "worse")]
    [InlineData(0.5, 0.5, "as good")]
    [InlineData(0, 0, "collapsed")]
    public void Of_AStudy_NamesTheOutcomeOfItsVerdict(double standard, double stepByStep, string outcome)
    {
        Study study = StudyHome.Pair(5);
        for (int seed = 0; seed < 5; seed++)
        {
            double more = standard == 0 ? 0 : 0.001 * seed;
            _home.Finish(study, 0, seed, standard + more, 20_000);
            _home.Finish(study, 1, seed, stepByStep + (more * (seed - 2)), 20_000);
        }

        ClaimMark mark = Assert.Single(ClaimMark.Of(StudyResult.Of(_home.Look(study))));

        Assert.Equal(("Step-by-step against Standard", outcome), (mark.Title, mark.Outcome));
        Assert.Equal(outcome == "collapsed", mark.Interval is null);
        Assert.Equal(outcome is "better" or "worse", mark.Interval is { } interval && !interval.Contains(0));
    }

    [Fact]
    public void Of_OneSeedEach_DecidesTheModelsAndLeavesTheMethodsOpen()
    {
        var verdict = Verdict.Of(
            [_scene.Finished(VerdictScene.Standard, row => row < 200), _scene.Finished(VerdictScene.StepByStep, row => row < 400)]);

        Assert.Equal(["inconclusive", "better"], ClaimMark.Of(verdict.Leading!).Select(mark => mark.Outcome));
    }
}
