using Bunit;
using DistillStudio.Components.Pages.Compare;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Verdicts;
using DistillStudio.History;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace DistillStudio.Tests.Components.Pages.Compare;

public sealed class CompareVerdictTests : StudioContext
{
    private readonly VerdictScene _scene = new();

    [Fact]
    public void MoreSeeds_Pressed_QueuesTheSeedsOfBothMethodsTogether()
    {
        IReadOnlyList<string> launched = [];
        Render<MudPopoverProvider>();
        IRenderedComponent<CompareVerdict> shown = Render<CompareVerdict>(p => p
            .Add(
                c => c.Verdict,
                Verdict.Of(
                    [_scene.Finished(VerdictScene.Standard, row => row < 200), _scene.Finished(VerdictScene.StepByStep, row => row < 400)]))
            .Add(c => c.Added, EventCallback.Factory.Create<IReadOnlyList<string>>(this, ids => launched = ids)));

        shown.FindAll("button").Single(
            button => button.TextContent.Contains("Run 4 more seeds (8 runs)", StringComparison.Ordinal)).Click();

        RunSummary[] queued = [.. Bench.History.ListRuns().Where(run => run.State == RunState.Queued)];
        Assert.Equal(launched.Order(), queued.Select(run => run.Id).Order());
        Assert.Equal([1, 1, 2, 2, 3, 3, 4, 4], queued.Select(run => run.Spec.Seed).Order());
        Assert.Single(queued.Select(run => run.Group).Distinct());
    }

    [Theory]
    [InlineData(3, true)]
    [InlineData(6, false)]
    public void FurtherComparisons_AreWordedAtFirstUnlessTheyAreMany(int others, bool isOpen)
    {
        Render<MudPopoverProvider>();
        ComparedRun[] runs =
        [
            _scene.Finished(VerdictScene.Standard, row => row < 200),
            .. Enumerable.Range(1, others + 1).Select(
                i => _scene.Finished(VerdictScene.StepByStep with { Alpha = i / 10.0 }, row => row < 300 + i)),
        ];

        IRenderedComponent<CompareVerdict> shown = Render<CompareVerdict>(p => p.Add(c => c.Verdict, Verdict.Of(runs)));

        AngleSharp.Dom.IElement further = shown.FindAll("details")[0];
        Assert.Contains("The other comparisons", further.QuerySelector("summary")!.TextContent, StringComparison.Ordinal);
        Assert.Equal(others, further.QuerySelectorAll("li").Length);
        Assert.Equal(isOpen, further.HasAttribute("open"));
    }

    [Fact]
    public void LeftOutSeeds_Pressed_AreComparedTooAndNotRunAgain()
    {
        IReadOnlyList<string> added = [];
        ComparedRun[] others =
            [.. new[] { 1, 2 }.Select(seed => _scene.Finished(VerdictScene.Standard with { Seed = seed }, row => row < 190 + seed))];
        Render<MudPopoverProvider>();
        IRenderedComponent<CompareVerdict> shown = Render<CompareVerdict>(p => p
            .Add(
                c => c.Verdict,
                Verdict.Of(
                    [_scene.Finished(VerdictScene.Standard, row => row < 200), _scene.Finished(VerdictScene.StepByStep, row => row < 400)],
                    others: others))
            .Add(c => c.Added, EventCallback.Factory.Create<IReadOnlyList<string>>(this, ids => added = ids)));

        Press("Compare 2 more runs");
        Assert.Equal(others.Select(run => run.Id), added);

        Press("Run 4 more seeds (6 runs)");
        RunSummary[] queued = [.. Bench.History.ListRuns().Where(run => run.State == RunState.Queued)];
        Assert.Equal(
            ["standard 3", "standard 4", "task_prefix 1", "task_prefix 2", "task_prefix 3", "task_prefix 4"],
            queued.Select(run => $"{run.Spec.Method} {run.Spec.Seed}").Order());
        Assert.Equal(others.Select(run => run.Id).Concat(queued.Select(run => run.Id)).Order(), added.Order());

        void Press(string text) =>
            shown.FindAll("button").Single(button => button.TextContent.Contains(text, StringComparison.Ordinal)).Click();
    }

    [Fact]
    public void Page_RunThatFailedEarly_IsNamedAndNotWaitedFor()
    {
        RunSummary failed = Add("broken", run => run with { Failure = new Failed(0, "The data is damaged.", null, null) }, RunState.Failed);
        RunSummary other = Add("other", state: RunState.Failed);

        IRenderedComponent<ComparePage> page = Open<ComparePage>($"compare?runs={failed.Id},{other.Id}");

        page.WaitForAssertion(
            () => Assert.Contains(
                "failed before its first evaluation: The data is damaged.", page.Find(".verdict").TextContent, StringComparison.Ordinal),
            TimeSpan.FromSeconds(30));
        Assert.DoesNotContain("aiting", page.Find(".verdict").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Page_Margin_IsReadFromTheAddress()
    {
        Assert.Equal(0.05, ComparePageView.Read(new DistillStudio.Components.Interactivity.PageQuery().Set("margin", 0.05)).Margin);
        Assert.Equal(
            Verdict.UsualMargin, ComparePageView.Read(new DistillStudio.Components.Interactivity.PageQuery().Set("margin", "-1")).Margin);
    }

    protected override async ValueTask DisposeAsyncCore()
    {
        await base.DisposeAsyncCore();
        _scene.Dispose();
    }
}
