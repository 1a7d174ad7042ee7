using DistillStudio.Components.Charts;
using DistillStudio.Components.Interactivity;
using DistillStudio.Components.Pages.Compare;
using DistillStudio.Components.Pages.Datasets;
using DistillStudio.Components.Pages.Launch;
using DistillStudio.Components.Pages.Runs;
using DistillStudio.Components.Pages.Studies;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Tests.Components.Interactivity;

/// <summary>An address that is typed, cut or old: what has no effect is named, with what to give instead.</summary>
public sealed class PageQueryTests
{
    [Theory]
    [InlineData("?state=nope", "state=nope has no effect; give all, active, queued, finished or stopped.")]
    [InlineData("?sort=size", "sort=size has no effect; give ")]
    [InlineData("?group=colour", "group=colour has no effect; give ")]
    [InlineData("?page=0", "page=0 has no effect; give a whole number, 1 or more.")]
    [InlineData("?page=two", "page=two has no effect; give a whole number, 1 or more.")]
    [InlineData("?dataste=cqa", "dataste=cqa has no effect: this page has no such setting.")]
    public void Runs_BadValue_IsNamed(string address, string problem)
    {
        var query = PageQuery.Of(address);
        RunsView.Read(query);
        Assert.StartsWith(problem, Assert.Single(query.Problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("?x=miles", "x=miles has no effect; give step, epoch, ")]
    [InlineData("?log=yes", "log=yes has no effect; give 1, or leave it out.")]
    [InlineData("?smooth=2", "smooth=2 has no effect; give a number from 0 to 0.99.")]
    [InlineData("?smooth=NaN", "smooth=NaN has no effect; give a number from 0 to 0.99.")]
    [InlineData("?margin=0", "margin=0 has no effect; give a number above 0 and up to ")]
    [InlineData("?at=-1", "at=-1 has no effect; give a whole number, 0 or more.")]
    [InlineData("?split=train", "split=train has no effect; give valid or test.")]
    public void Compare_BadValue_IsNamed(string address, string problem)
    {
        var query = PageQuery.Of(address);
        ComparePageView.Read(query);
        Assert.StartsWith(problem, Assert.Single(query.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Values_LongOrSeveral_AreCutAndAllNamed()
    {
        var query = PageQuery.Of($"?state={new string('x', 5_000)}&page=x&y=1");
        RunsView.Read(query);
        Assert.Equal(3, query.Problems.Count);
        Assert.All(query.Problems, problem => Assert.True(problem.Length < 200));
    }

    [Fact]
    public void Views_WrittenByThePagesThemselves_HaveNoProblem()
    {
        AssertReadable(new RunsView { State = StateFilter.Active, SortKey = "name", Page = 3, Search = "a b" }.Write(),
            q => RunsView.Read(q));
        AssertReadable(
            new ComparePageView
            {
                Runs = ["a", "b"],
                Margin = 0.02,
                Chart = new ChartView { IsLog = true, Smoothing = 0, IsClipped = false,
                    Axis = DistillStudio.Engine.Metrics.Axis.Find("epoch")! },
                Differences = new() { IsValidation = true, Page = 2 },
            }.Write(),
            q => ComparePageView.Read(q));
        AssertReadable(new StudyPageView { Cells = [] }.Write(), q => StudyPageView.Read(q));
        AssertReadable(new StudyPageView { Cells = [1, 2] }.Write(), q => StudyPageView.Read(q));
        AssertReadable(new DatasetView(Page: 2, CutOff: 9).Write(), q => DatasetView.Read(q));
        AssertReadable(new LaunchDraft(RunDefaults.Demo).With(nameof(RunSpec.Alpha), "0.3").Write(), q => LaunchDraft.Read(q));
    }

    private static void AssertReadable(PageQuery written, Func<PageQuery, object?> read)
    {
        var query = PageQuery.Of(written.Under(""));
        Assert.NotNull(read(query));
        Assert.Empty(query.Problems);
    }
}
