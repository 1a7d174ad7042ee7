using Bunit;
using DistillStudio.Components.Pages.Run;
using DistillStudio.Components.Pages.Runs;
using DistillStudio.History;

namespace DistillStudio.Tests.Components.Pages.Run;

/// <summary>A run on the cluster, on its page and in the table.</summary>
public sealed class PlacedRunTests : StudioContext
{
    private static readonly PlacedJob Waiting = new("abc") { Id = "4711", State = JobState.Pending, Reason = "Resources" };

    [Fact]
    public void Page_RunThatWaits_SaysWhereAndWhyInSlurmsWords()
    {
        Add("waiting", run => run with { Placement = new("gpu") { Job = Waiting } }, RunState.Queued);

        IRenderedComponent<RunPage> page = Show("waiting");

        Assert.Contains("gpu, job 4711 · waiting (Resources)", page.Find(".page-head").TextContent, StringComparison.Ordinal);
        Assert.Contains("waits for the cluster; it is waiting (Resources)", page.Markup, StringComparison.Ordinal);
        Assert.DoesNotContain(Buttons(page), text => text is "Requeue" or "Pause");
        Assert.Contains("Cancel", Buttons(page));
    }

    [Fact]
    public async Task Page_RunThatIsTrained_CanBeRequeued_AndShowsWhatItsJobPrinted()
    {
        string folder = Directory.CreateDirectory(Path.Combine(Bench.Home.Runs, "trained")).FullName;
        await File.WriteAllTextAsync(
            Path.Combine(folder, "job.log"),
            "Job 4711 on n1, start 1\nmodule <b>cuda</b> loaded\n", Xunit.TestContext.Current.CancellationToken);
        PlacedJob job = Waiting with { State = JobState.Running, Reason = null, Node = "n1" };
        Add("trained", run => run with { Folder = folder, Placement = new("gpu") { Job = job } }, RunState.Running);

        IRenderedComponent<RunPage> page = Show("trained");
        Assert.Contains("gpu, job 4711 on n1 · running", page.Find(".page-head").TextContent, StringComparison.Ordinal);
        Assert.Contains("Requeue", Buttons(page));
        await page.InvokeAsync(() => page.FindAll(".chip").Single(chip => chip.TextContent == "Job output").Click());

        page.WaitForAssertion(
            () => Assert.Contains("module <b>cuda</b> loaded", page.Find("pre.output").TextContent, StringComparison.Ordinal),
            TimeSpan.FromSeconds(30));
        Assert.Equal("Job output", page.Find("#log-title").TextContent);
    }

    [Fact]
    public void Page_RunOfThisMachine_SaysNothingOfACluster()
    {
        Add("local", state: RunState.Running);

        IRenderedComponent<RunPage> page = Show("local");

        Assert.DoesNotContain("cluster", page.Find(".page").TextContent, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Requeue", Buttons(page));
        Assert.DoesNotContain("Job output", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void Table_SaysWhereRunsAre_OnlyOnceOneIsElsewhere()
    {
        Add("local");
        Assert.Empty(Open<RunsPage>("").FindAll(".col-on"));

        Add("placed", run => run with { Placement = new("gpu") { Job = Waiting } }, RunState.Queued);
        IRenderedComponent<RunsPage> page = Render<RunsPage>();

        Assert.Equal(["gpu", "this machine"], page.FindAll("td.col-on").Select(cell => cell.TextContent.Trim()).Order());
        Assert.Contains("waiting (Resources)", page.FindAll(".state").Select(state => state.GetAttribute("title")));
        Assert.DoesNotContain("nothing in On", page.Markup, StringComparison.Ordinal);
    }

    private IRenderedComponent<RunPage> Show(string id)
    {
        Render<MudBlazor.MudPopoverProvider>();
        Navigation.NavigateTo($"runs/{id}");
        return Render<RunPage>(parameters => parameters.Add(page => page.Id, id));
    }

    private static string[] Buttons(IRenderedComponent<RunPage> page) =>
        [.. page.FindAll("button").Select(button => button.TextContent.Trim())];
}
