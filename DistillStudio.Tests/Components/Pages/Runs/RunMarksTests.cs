using Bunit;
using DistillStudio.Components.Pages.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.History;

namespace DistillStudio.Tests.Components.Pages.Runs;

/// <summary>What the table offers for the runs that are ticked, and how it marks a record with gaps.</summary>
public sealed class RunMarksTests : StudioContext
{
    [Fact]
    public void Ticks_RunUnderWayOrImportedCurves_OfferOnlyWhatWorks()
    {
        Add("done");
        Add("runs", state: RunState.Running);
        Add("curves", spec: RunSpec.OfCurves(20, hasRationales: true));
        IRenderedComponent<RunsPage> page = Open<RunsPage>("");

        Tick(page, "done");
        Assert.Equal(["Compare", "Clone…", "Delete", "Clear"], Offers(page));
        Tick(page, "runs");
        Assert.Equal(["Compare", "Run again", "Clear"], Offers(page));
        Tick(page, "runs");
        Tick(page, "curves");
        Assert.Equal(["Compare", "Delete", "Clear"], Offers(page));
    }

    [Fact]
    public void Run_WithLinesThatCannotBeRead_IsMarked()
    {
        Add("whole");
        Add("damaged", run => run with { UnreadableLines = 2 });

        Assert.Contains(
            "events.jsonl has 2 lines without an event", Assert.Single(Open<RunsPage>("").FindAll(".gaps")).TextContent,
            StringComparison.Ordinal);
    }

    private static IEnumerable<string> Offers(IRenderedComponent<RunsPage> page) =>
        page.FindAll(".selection .mud-button-root").Select(button => button.TextContent.Trim());

    private static void Tick(IRenderedComponent<RunsPage> page, string name) =>
        page.Find($"input[aria-label='Select {name}']").Change(true);
}
