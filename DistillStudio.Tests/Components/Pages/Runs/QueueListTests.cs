using AngleSharp.Dom;
using Bunit;
using DistillStudio.Components.Pages.Runs;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.History;

namespace DistillStudio.Tests.Components.Pages.Runs;

public sealed class QueueListTests : StudioContext
{
    [Fact]
    public void Page_OneRunWaits_HasNothingToOrder()
    {
        Bench.Manager.Launch(RunScript.Spec());
        Assert.Empty(Open<RunsPage>("").FindAll(".queue"));
    }

    [Fact]
    public void List_RunsInFront_SaysWhatTheyDoAndHowLongTheyTake()
    {
        RunSummary evaluating =
            Add(
                "trains", run => run with { Evaluating = new EvaluationProgressed(5, "valid", "current", 12, 80, 1), Timing = Timing() },
                RunState.Running);
        RunSummary stepping = Add("steps", run => run with { Step = 7 }, RunState.Running);

        string[] lines = Before(evaluating, stepping);
        Assert.Matches("^Training now: trains, validating 12/80, [0-9]+ m [0-9]+ s left$", lines[0]);
        Assert.Equal("Training now: steps, step 7 of 1,000", lines[1]);
    }

    /// <summary>On this machine it keeps the device; on a cluster it has given the node back and holds up nobody.</summary>
    [Fact]
    public void List_PausedRuns_SaysThatTheyKeepTheirDeviceWhereTheyDo()
    {
        RunSummary held = Add("held", run => run with { Step = 5, Timing = Timing() }, RunState.Paused);
        RunSummary gaveBack = Add("elsewhere", run => run with { Step = 5, Placement = new("lab") }, RunState.Paused);

        Assert.Equal(
            [
                "Paused: held, at step 5 of 1,000. It keeps its device, so the runs that need it wait until it is resumed "
                    + "or cancelled.",
            ],
            Before(held, gaveBack));
    }

    private string[] Before(params RunSummary[] runs) =>
    [
        .. Render<QueueList>(p => p.Add(c => c.Runs, []).Add(c => c.Before, runs).Add(c => c.Actions, Actions))
            .FindAll(".before").Select(line => line.TextContent),
    ];

    private static TimeEstimate Timing()
    {
        RunSpec spec = RunScript.Spec();
        return new[] { RunScript.Started(spec), RunScript.Step(1, spec), RunScript.Step(2, spec), (RunEvent)RunScript.Step(3, spec) }
            .Aggregate(new TimeEstimate(), (timing, e) => timing.Apply(e));
    }

    [Fact]
    public async Task Arrows_Pressed_MoveTheRunAPlace()
    {
        IRenderedComponent<QueueList> list = Waiting("a", "b", "c");
        Assert.Equal(["a", "b", "c"], Shown(list));
        Assert.True(list.Find("button[aria-label='Earlier: a']").HasAttribute("disabled"));
        Assert.True(list.Find("button[aria-label='Later: c']").HasAttribute("disabled"));

        await list.InvokeAsync(() => list.Find("button[aria-label='Earlier: c']").Click());
        Assert.Equal(["a", "c", "b"], Order());
        Refresh(list);
        await list.InvokeAsync(() => list.Find("button[aria-label='Later: a']").Click());
        Assert.Equal(["c", "a", "b"], Order());
    }

    [Theory]
    [InlineData(0, 2, "b c a d")]
    [InlineData(3, 0, "d a b c")]
    [InlineData(1, 2, "a c b d")]
    [InlineData(2, 2, "a b c d")]
    public async Task Drag_DroppedOnAnother_TakesItsPlace(int from, int to, string expected)
    {
        IRenderedComponent<QueueList> list = Waiting("a", "b", "c", "d");

        await list.InvokeAsync(() => list.FindAll("li")[from].DragStart());
        list.FindAll("li")[to].DragEnter();
        if (from != to)
        {
            Assert.Contains(to < from ? "is-before" : "is-behind", list.FindAll("li")[to].ClassName, StringComparison.Ordinal);
        }

        await list.InvokeAsync(() => list.FindAll("li")[to].Drop());
        Assert.Equal(expected.Split(' '), Order());
        Refresh(list);
        Assert.Empty(list.FindAll(".is-dragged, .is-before, .is-behind"));
    }

    [Fact]
    public async Task Drag_LetGoElsewhere_ChangesNothing()
    {
        IRenderedComponent<QueueList> list = Waiting("a", "b", "c");
        await list.InvokeAsync(() => list.FindAll("li")[2].DragStart());
        list.FindAll("li")[0].DragEnter();
        list.FindAll("li")[2].DragEnd();
        await list.InvokeAsync(() => list.FindAll("li")[0].Drop()); // something else, dropped later
        Assert.Equal(["a", "b", "c"], Order());
    }

    [Fact]
    public async Task Drag_RunBegunMeanwhile_StaysWhereItIs()
    {
        IRenderedComponent<QueueList> list = Waiting("a", "b", "c");
        await list.InvokeAsync(() => list.FindAll("li")[0].DragStart());
        Bench.Queue.TakeNext(_ => true, _ => { });
        Refresh(list);
        list.FindAll("li")[1].DragEnter();
        await list.InvokeAsync(() => list.FindAll("li")[1].Drop());
        Assert.Equal(["b", "c"], Order());
    }

    private IRenderedComponent<QueueList> Waiting(params string[] names)
    {
        foreach (string name in names)
        {
            Bench.Manager.Launch(RunScript.Spec() with { Name = name });
        }

        return Render<QueueList>(p => p.Add(q => q.Runs, Bench.Queue.Waiting()).Add(q => q.Actions, Actions));
    }

    private void Refresh(IRenderedComponent<QueueList> list) => list.Render(p => p.Add(q => q.Runs, Bench.Queue.Waiting()));

    private string[] Order() => [.. Bench.Queue.Waiting().Select(r => r.Title)];

    private static string[] Shown(IRenderedComponent<QueueList> list) => [.. list.FindAll("li a").Select(a => a.TextContent)];
}
