using System.Reflection;
using Bunit;
using DistillStudio.Components.Pages.Run;
using DistillStudio.Engine.Runs;
using DistillStudio.History;
using Microsoft.Extensions.DependencyInjection;

namespace DistillStudio.Tests.Components.Pages.Run;

/// <summary>A run without a step has no empty chart: a sentence says whether curves are to come.</summary>
public sealed class RunPageTests : StudioContext
{
    [Theory]
    [InlineData(RunState.Failed, "There are no curves: the run failed before its first step.")]
    [InlineData(RunState.Cancelled, "There are no curves: the run was cancelled before its first step.")]
    [InlineData(RunState.Interrupted, "There are no curves: the run was interrupted before its first step.")]
    public void Curves_RunEndedBeforeItsFirstStep_SayWhyThereAreNone(RunState state, string said)
    {
        IRenderedComponent<RunPage> page = Open(state);

        Assert.Contains(said, page.Find(".run-main").TextContent, StringComparison.Ordinal);
        Assert.Empty(page.FindAll(".loss-chart, .skeleton-chart"));
    }

    [Theory]
    [InlineData(RunState.Queued, null, "The run waits for a free device")]
    [InlineData(RunState.Running, RunPhase.LoadingModel, "Curves begin with the first step; the run is loading the model.")]
    public void Curves_RunIsStillToStep_HoldTheirPlaceAndSayWhatIsDone(RunState state, RunPhase? phase, string said)
    {
        IRenderedComponent<RunPage> page = Open(state, phase);

        Assert.Contains(said, page.Find(".run-main").TextContent, StringComparison.Ordinal);
        Assert.Single(page.FindAll(".skeleton-chart"));
        Assert.Empty(page.FindAll(".loss-chart"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Page_RunIsDeletedWhileItIsOpen_SaysSo(bool isUndoable)
    {
        IRenderedComponent<RunPage> page = Open(RunState.Finished);
        Assert.DoesNotContain("no longer among the runs", page.Markup, StringComparison.Ordinal);

        if (isUndoable)
        {
            Bench.History.Edit("r", run => run with { DeletedAt = RunScript.Start });
        }
        else
        {
            Bench.History.Remove("r");
        }

        page.WaitForAssertion(() => Assert.Contains("no longer among the runs", page.Markup, StringComparison.Ordinal));
    }

    [Fact]
    public void Page_LinesThatCannotBeRead_SaysThatTheyAreMissing_AlsoWhileItIsOpen()
    {
        IRenderedComponent<RunPage> page = Open(RunState.Finished);
        Assert.DoesNotContain("Incomplete record", page.Markup, StringComparison.Ordinal);

        Bench.History.Append("r", [], new Bookmark(7, ""), unreadable: 1);
        Bench.History.Append("r", [], new Bookmark(8, ""), unreadable: 2);

        page.WaitForAssertion(() => Assert.Contains("has 3 lines without an event", page.Markup, StringComparison.Ordinal));
    }

    /// <summary>The run ends after its state was read and before its curves are, behind which the feed goes on.</summary>
    [Fact]
    public void Page_RunFailsWhileThePageIsRead_SaysSo()
    {
        IRunHistory history = DispatchProxy.Create<IRunHistory, HistoryWithHook>();
        var hook = (HistoryWithHook)history;
        hook.Inner = Bench.History;
        hook.BeforeListing = () => Bench.History.Append(
            "r", [new Failed(0, "It broke.", null, null) { Number = 1, Time = RunScript.Start }], new Bookmark(5, ""));
        Services.AddSingleton(history);

        IRenderedComponent<RunPage> page = Open(RunState.Running);

        Assert.Contains("It broke.", page.Find(".trouble").TextContent, StringComparison.Ordinal);
    }

    private IRenderedComponent<RunPage> Open(RunState state, RunPhase? phase = null)
    {
        Add("r", run => run with { Phase = phase }, state);
        Render<MudBlazor.MudPopoverProvider>();
        return Render<RunPage>(p => p.Add(page => page.Id, "r"));
    }
}
