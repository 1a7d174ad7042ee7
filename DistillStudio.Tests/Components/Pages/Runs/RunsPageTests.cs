using AngleSharp.Dom;
using Bunit;
using DistillStudio.Components.Interactivity;
using DistillStudio.Components.Pages.Runs;
using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Settings;
using DistillStudio.History;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;

namespace DistillStudio.Tests.Components.Pages.Runs;

/// <summary>The table of runs: what it shows, in which order and columns, and what is done with what is ticked.</summary>
public sealed class RunsPageTests : StudioContext
{
    private static readonly RunSpec Standard = RunScript.Spec() with { Method = MethodNames.Standard, Teacher = null };

    [Fact]
    public void Home_NoRuns_ExplainsAndOffersTheDemo()
    {
        IRenderedComponent<RunsPage> page = Open<RunsPage>("");

        Assert.Empty(page.FindAll("table"));
        page.FindAll("button").Single(b => b.TextContent.Contains("Run the demo comparison", StringComparison.Ordinal)).Click();

        Assert.Equal(["standard", "task_prefix"], Bench.Queue.Waiting().Select(r => r.Spec.Method));
        Assert.StartsWith($"compare?runs={Bench.Queue.Waiting()[0].Id},{Bench.Queue.Waiting()[1].Id}", Address, StringComparison.Ordinal);
    }

    [Fact]
    public void Home_NoRuns_SaysWhatThisIs_AndLeadsToDataAndModels()
    {
        IRenderedComponent<RunsPage> page = Open<RunsPage>("");

        Assert.Contains("trains a small T5 on a large model's answers and explanations", page.Find(".what").TextContent, StringComparison.Ordinal);
        Assert.Contains("half a minute", page.Find(".way.is-first").TextContent, StringComparison.Ordinal);
        Assert.Equal(
            ["datasets/import", "models"],
            page.FindAll(".way a").Select(link => link.GetAttribute("href")));
    }

    [Fact]
    public void Clone_OfOneRun_OpensTheForm_OfSeveral_QueuesThem()
    {
        RunSummary one = Add("one");
        Actions.Clone([one]);
        Assert.Equal("launch?like=one", Address);
        Assert.Empty(Bench.Queue.Waiting());

        Actions.Clone([one, Add("two")]);
        Assert.Equal(2, Bench.Queue.Waiting().Count);
    }

    [Fact]
    public void Note_OfAPage_EndsWithIt_AnUndoStays()
    {
        var snackbar = Services.GetRequiredService<ISnackbar>();
        snackbar.AddNote("2 runs queued.", Severity.Success);
        snackbar.Add("Run deleted.", Severity.Normal);

        Navigation.NavigateTo("datasets");

        Assert.Equal("Run deleted.", Assert.Single(snackbar.ShownSnackbars).Message);
    }

    [Fact]
    public void Filters_EachAndTogether_ShowWhatPasses()
    {
        Add("alpha-one", r => r with { Tags = ["grid"] });
        Add("alpha-two", state: RunState.Failed, spec: Standard);
        Add("other", r => r with { Notes = "worth a look" }, RunState.Cancelled, RunScript.Spec() with { Dataset = "cqa" });
        IRenderedComponent<RunsPage> page = Open<RunsPage>("");
        Assert.Equal(["other", "alpha-two", "alpha-one"], Names(page));

        page.Find("#run-search").Input("alpha");
        Assert.Equal(["alpha-two", "alpha-one"], Names(page));
        Assert.Contains("2 of 3", page.Find(".page-head").TextContent, StringComparison.Ordinal);

        Chip(page, "Stopped").Click();
        Assert.Equal(["alpha-two"], Names(page));
        Assert.Equal("true", Chip(page, "Stopped").GetAttribute("aria-pressed"));
        Assert.Equal("2", Chip(page, "Stopped").QuerySelector(".chip-count")!.TextContent);

        page.Find("#run-search").Input("look worth"); // words, in notes too
        Assert.Equal(["other"], Names(page));

        page.Find("#run-search").Input("nothing like it");
        Assert.Empty(Names(page));
        page.FindAll("button").Single(b => b.TextContent.Contains("Show all 3", StringComparison.Ordinal)).Click();
        Assert.Equal(3, Names(page).Count);
    }

    [Theory]
    [InlineData("?dataset=cqa", new[] { "b" })]
    [InlineData("?method=standard", new[] { "c" })]
    [InlineData("?tag=grid", new[] { "a" })]
    [InlineData("?state=finished&sort=name", new[] { "a", "b", "c" })]
    [InlineData("?state=active", new string[0])]
    public void Address_WithFilters_ShowsWhatItSays(string address, string[] expected)
    {
        Add("a", r => r with { Tags = ["grid"] });
        Add("b", spec: RunScript.Spec() with { Dataset = "cqa" });
        Add("c", spec: Standard);
        Assert.Equal(expected, Names(Open<RunsPage>(address)));
    }

    [Fact]
    public void Sort_RunsWithoutAValue_StandLastEitherWay()
    {
        Add("none");
        Add("low", r => r with { TestAccuracy = 0.2 });
        Add("high", r => r with { TestAccuracy = 0.9 });
        IRenderedComponent<RunsPage> page = Open<RunsPage>("");

        Header(page, "Test").Click();
        Assert.Equal(["high", "low", "none"], Names(page));
        Assert.Equal("descending", Header(page, "Test").ParentElement!.GetAttribute("aria-sort"));

        Header(page, "Test").Click();
        Assert.Equal(["low", "high", "none"], Names(page));
        Assert.Equal("ascending", Header(page, "Test").ParentElement!.GetAttribute("aria-sort"));
    }

    [Fact]
    public async Task Columns_Chosen_ComeAndGo_AndTheUsualOnesComeBack()
    {
        Add("a", r => r with { Loss = 0.5 });
        IRenderedComponent<MudBlazor.MudPopoverProvider> popovers = Render<MudBlazor.MudPopoverProvider>();
        RunsView view = new();
        IRenderedComponent<ColumnMenu> menu = Render<ColumnMenu>(p => p.Add(m => m.View, view).Add(m => m.ViewChanged, v => view = v));
        menu.Find("button").Click();
        IRenderedComponent<RunsTable> table = Table(view, []);
        Assert.DoesNotContain("Loss", Titles(table));
        Assert.Contains("Random seed", Titles(table));

        await ChooseAsync(popovers, "Loss");
        table.Render(p => p.Add(t => t.View, view));
        Assert.Contains("Loss", Titles(table));
        Assert.Equal("0.500", table.Find("td.col-loss").TextContent.Trim());
        Assert.Contains("cols=", view.Write().Under(""), StringComparison.Ordinal);

        menu.Render(p => p.Add(m => m.View, view));
        await ChooseAsync(popovers, "Random seed");
        table.Render(p => p.Add(t => t.View, view));
        Assert.DoesNotContain("Random seed", Titles(table));

        await ChooseAsync(popovers, "Default columns");
        Assert.Equal(RunColumn.DefaultKeys, view.Columns);
        Assert.Equal("", view.Write().Under(""));
    }

    [Fact]
    public void Ticks_OutliveAFilter_AndAreComparedOldestFirst()
    {
        Add("first");
        Add("second", state: RunState.Failed);
        Add("third");
        IRenderedComponent<RunsPage> page = Open<RunsPage>("");
        Assert.Contains("Select two or more runs", page.Find(".selection").TextContent, StringComparison.Ordinal);

        Tick(page, "third");
        Chip(page, "Stopped").Click();
        Tick(page, "second");
        Assert.Contains("2 selected", page.Find(".selection").TextContent, StringComparison.Ordinal);

        page.FindAll(".selection button").Single(b => b.TextContent.Trim() == "Compare").Click();
        Assert.Equal("compare?runs=second,third", Address);
    }

    [Fact]
    public void TickAll_TakesThePageOnShow_AndGivesItBack()
    {
        Add("a");
        Add("b", state: RunState.Failed);
        Add("c");
        IRenderedComponent<RunsPage> page = Open<RunsPage>("?state=finished");

        page.Find("thead input").Change(true);
        Assert.Contains("2 selected", page.Find(".selection").TextContent, StringComparison.Ordinal);
        Assert.All(page.FindAll("tbody tr"), row => Assert.Contains("is-ticked", row.ClassName, StringComparison.Ordinal));

        page.Find("thead input").Change(false);
        Assert.Empty(page.FindAll("tr.is-ticked"));
    }

    [Fact]
    public void Run_ThatCannotBeRead_StandsInTheTableWithItsSentence_AndCannotBeTicked()
    {
        Bench.History.SetUnreadable(
            [new("20260101-120000-demo-standard-beef", "/home/ada/spec.json: it ends too early; restore the file or start a new run.")]);
        IRenderedComponent<RunsPage> page = Open<RunsPage>("");

        IElement row = page.Find("tr.is-unreadable");
        Assert.Contains("20260101-120000-demo-standard-beef cannot be read", Words(row), StringComparison.Ordinal);
        Assert.Contains("restore the file or start a new run.", Words(row), StringComparison.Ordinal);
        Assert.Empty(row.QuerySelectorAll("input"));

        Chip(page, "Finished").Click();
        Assert.Empty(page.FindAll("tr.is-unreadable"));
        Chip(page, "All").Click();
        page.Find("#run-search").Input("beef");
        Assert.Single(page.FindAll("tr.is-unreadable"));

        Bench.History.SetUnreadable([]);
        page.WaitForAssertion(() => Assert.Empty(page.FindAll("tr.is-unreadable")), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void Run_ThatIsKnownAndHasAFileThatCannotBeRead_StandsInTheTableTwice()
    {
        Add("a", state: RunState.Interrupted);
        Bench.History.SetProblem("a", "/home/ada/attempts.json cannot be read; remove the file, then resume the run.");
        IRenderedComponent<RunsPage> page = Open<RunsPage>("");

        Assert.Contains("remove the file", Words(page.Find("tr.is-unreadable")), StringComparison.Ordinal);
        Assert.Single(page.FindAll("td.col-state"));
    }

    [Fact]
    public void Run_ThatMovesOn_ShowsWithoutAReload()
    {
        Add("a", state: RunState.Running);
        IRenderedComponent<RunsPage> page = Open<RunsPage>("");
        Assert.Contains("Running", page.Find("td.col-state").TextContent, StringComparison.Ordinal);

        Bench.History.Append("a", RunScript.Numbered(RunScript.Whole(RunScript.Spec(5), 5)), new Bookmark(1, ""));

        page.WaitForAssertion(
            () => Assert.Contains("Finished", page.Find("td.col-state").TextContent, StringComparison.Ordinal), TimeSpan.FromSeconds(10));
        Assert.Equal("75.0 %", page.Find("td.col-test").TextContent.Trim());
    }

    [Fact]
    public void Method_HasItsColourBesideItsName()
    {
        Add("s", spec: RunScript.Spec() with { Method = MethodNames.Standard });
        Add("t", spec: RunScript.Spec() with { Method = MethodNames.TaskPrefix });

        IRenderedComponent<RunsTable> table = Table(new(), []);

        foreach (IElement cell in table.FindAll("td.col-method"))
        {
            string method = cell.TextContent.Trim() == "Standard" ? MethodNames.Standard : MethodNames.TaskPrefix;
            Assert.Contains(
                SeriesPalette.Css(MethodColors.Slot(method)), cell.QuerySelector(".swatch")!.GetAttribute("style"),
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Table_ManyRuns_IsDrawnAScreenFirstThenWhole()
    {
        for (int i = 0; i < 40; i++)
        {
            Add($"run {i}");
        }

        IRenderedComponent<RunsTable> table = Table(new(), []);

        Assert.Equal(40, table.FindAll("tbody tr").Count);
        Assert.Equal(2, table.RenderCount);
    }

    private IRenderedComponent<RunsTable> Table(RunsView view, HashSet<string> selected) => Render<RunsTable>(p => p
        .Add(t => t.View, view)
        .Add(t => t.Runs, Bench.History.ListRuns())
        .Add(t => t.Selected, selected)
        .Add(t => t.Actions, Actions));

    private static List<string> Names(IRenderedComponent<RunsPage> page) => [.. page.FindAll("td.col-name a").Select(a => a.TextContent)];

    private static List<string> Titles(IRenderedComponent<RunsTable> table) =>
        [.. table.FindAll("thead .sort").Select(b => b.TextContent.TrimEnd('↓', '↑'))];

    private static IElement Chip(IRenderedComponent<RunsPage> page, string state) =>
        page.FindAll(".chip").Single(c => c.TextContent.Trim().StartsWith(state, StringComparison.Ordinal));

    private static IElement Header(IRenderedComponent<RunsPage> page, string title) =>
        page.FindAll("thead .sort").Single(b => b.TextContent.TrimEnd('↓', '↑') == title);

    private static void Tick(IRenderedComponent<RunsPage> page, string name) =>
        page.Find($"input[aria-label='Select {name}']").Change(true);

    private static string Words(IElement element) =>
        string.Join(' ', element.TextContent.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static Task ChooseAsync(IRenderedComponent<MudBlazor.MudPopoverProvider> popovers, string text)
    {
        IRenderedComponent<MudBlazor.MudMenuItem> item = popovers.FindComponents<MudBlazor.MudMenuItem>().Single(
            i => i.Find("*").TextContent.Trim() == text);
        return popovers.InvokeAsync(() => item.Instance.OnClick.InvokeAsync());
    }
}
