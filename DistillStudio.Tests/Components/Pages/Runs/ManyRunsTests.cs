using AngleSharp.Dom;
using Bunit;
using DistillStudio.Components.Controls;
using DistillStudio.Components.Pages.Runs;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Studies;
using DistillStudio.History;
using DistillStudio.Views;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;

namespace DistillStudio.Tests.Components.Pages.Runs;

/// <summary>What the table offers for many runs: filters, constant columns, ranges, pinned runs, names within a study.</summary>
public sealed class ManyRunsTests : StudioContext
{
    private SavedViewStore Store => Services.GetRequiredService<SavedViewStore>();

    [Fact]
    public async Task Home_RunsStillBeingRead_SaysSoUntilTheyAre()
    {
        Add("one");
        Bench.History.SetBehind(2);
        IRenderedComponent<RunsPage> page = Open<RunsPage>("");
        Assert.Contains("Still reading what 2 runs recorded", page.Find("p[role=status]").TextContent, StringComparison.Ordinal);

        Bench.History.SetBehind(0);
        await Eventually.Holds(() => !page.Markup.Contains("Still reading", StringComparison.Ordinal));
    }

    [Fact]
    public void Filter_Typed_ShowsWhatPasses()
    {
        AddAlphas(0.1, 0.5, 0.9);
        IRenderedComponent<RunsPage> page = Open<RunsPage>("");

        page.Find("#run-filter").Change("alpha > 0.3 and not alpha = 0.9");

        Assert.Equal(["alpha 0.5"], Names(page));
        Assert.Contains("1 of 3", page.Find(".page-head").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Filter_Wrong_KeepsTheTableAndSaysWhere()
    {
        AddAlphas(0.1, 0.5);
        IRenderedComponent<RunsPage> page = Open<RunsPage>("?where=alpha+%3E&q=%28&regex=1");

        Assert.Equal(2, Names(page).Count);
        string[] problems = [.. page.FindAll(".problems p").Select(p => p.TextContent)];
        Assert.StartsWith("Search. Not applied. ( is no regular expression", problems[0], StringComparison.Ordinal);
        Assert.StartsWith("Filter. Not applied. Character 8: a value is missing", problems[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Search_AsPattern_Matches()
    {
        AddAlphas(0.1, 0.5, 0.9);
        IRenderedComponent<RunsPage> page = Open<RunsPage>("");

        page.Find("#run-search").Input("0\\.[15]$");
        Assert.Empty(Names(page));

        page.Find(".pattern").Click();
        Assert.Equal(["alpha 0.5", "alpha 0.1"], Names(page));
    }

    [Fact]
    public void Columns_TheSameInAllRuns_HideAndSaySo_WithASwitch()
    {
        AddAlphas(0.1, 0.5);
        IRenderedComponent<RunsPage> page = Open<RunsPage>("");

        Assert.Contains("Alpha", Titles(page));
        Assert.DoesNotContain("Dataset", Titles(page));
        Assert.Contains("Dataset demo", page.Find(".constant").TextContent, StringComparison.Ordinal);

        page.Find(".constant button").Click();
        Assert.Contains("Dataset", Titles(page));

        page.Find(".constant button").Click();
        Assert.DoesNotContain("Dataset", Titles(page));
    }

    [Fact]
    public void Columns_TheSameWhereTheyApply_HideToo()
    {
        Add("standard", spec: RunScript.Spec() with { Method = MethodNames.Standard, Teacher = null });
        Add("step-by-step", spec: RunScript.Spec() with { Alpha = 0.4 });
        IRenderedComponent<RunsPage> page = Open<RunsPage>("");

        Assert.DoesNotContain("Alpha", Titles(page));
        Assert.Contains("Alpha 0.4 where it applies", page.Find(".constant").TextContent, StringComparison.Ordinal);

        Add("another", spec: RunScript.Spec() with { Alpha = 0.6 });
        page.WaitForAssertion(() => Assert.Contains("Alpha", Titles(page)), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void Columns_TheSameButAdded_Stay()
    {
        AddAlphas(0.1, 0.5);

        Assert.Contains("Learning rate", Titles(Open<RunsPage>("?cols=name,alpha,dataset,lr,took,batch")));
    }

    [Fact]
    public void Tick_WithShift_TakesTheRange()
    {
        AddAlphas(0.1, 0.3, 0.5, 0.7, 0.9);
        IRenderedComponent<RunsPage> page = Open<RunsPage>("");

        Tick(page, 1, isRange: false);
        Tick(page, 3, isRange: true);
        Assert.Contains("3 selected", page.Find(".selection").TextContent, StringComparison.Ordinal);

        Tick(page, 2, isRange: true); // unticks from the run before
        Assert.Contains("1 selected", page.Find(".selection").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Pin_Run_StandsFirst_AlsoNextTime()
    {
        AddAlphas(0.1, 0.5, 0.9);
        IRenderedComponent<RunsPage> page = Open<RunsPage>("?sort=-alpha");
        Assert.Equal(["alpha 0.9", "alpha 0.5", "alpha 0.1"], Names(page));

        page.Find("button[aria-label='Pin alpha 0.1']").Click();
        Assert.Equal(["alpha 0.1", "alpha 0.9", "alpha 0.5"], Names(page));
        Assert.Equal(["alpha 0.1", "alpha 0.9", "alpha 0.5"], Names(Render<RunsPage>()));
        Assert.Equal(["alpha 0.1"], Store.Read().Pinned);
    }

    [Fact]
    public void RunsOfAStudy_ShowWhatDiffers_AndTheStudyAsATag()
    {
        Study study = Services.GetRequiredService<StudyStore>().Create(
            new Study { Name = "three-fractions demo", Base = RunScript.Spec(), Seeds = [0] }, RunScript.Start);
        RunSpec standard = RunScript.Spec() with { Name = "three-fractions demo: Standard, seed 0" };
        Add("one", r => r with { Name = null, Group = $"study/{study.Id}" }, spec: standard);
        RunSpec inTerminal = standard with { Name = "three-fractions demo: Step-by-step, seed 0" };
        Add("two", r => r with { Name = null }, spec: inTerminal);
        Add("three", r => r with { Name = "mine", Group = $"study/{study.Id}" });
        IRenderedComponent<RunsPage> page = Open<RunsPage>("?sort=name");

        Assert.Equal(["Standard, seed 0", "Step-by-step, seed 0", "mine"], Names(page).Order(StringComparer.Ordinal));
        Assert.Equal(3, page.FindAll("td.col-name .study").Count);
        Assert.All(page.FindAll("td.col-name .study"), tag => Assert.Equal("three-fractions demo", tag.TextContent));
        Assert.Contains(
            page.FindAll("td.col-name .name a"), a => a.GetAttribute("title")!.StartsWith(standard.Name!, StringComparison.Ordinal));
    }

    [Fact]
    public void SavedViews_Damaged_AreReported_AndTheTableStays()
    {
        Directory.CreateDirectory(Bench.Home.Path);
        File.WriteAllText(Path.Combine(Bench.Home.Path, SavedViewStore.FileName), "{");
        AddAlphas(0.1);
        IRenderedComponent<RunsPage> page = Open<RunsPage>("");

        Assert.Single(Names(page));
        Assert.Contains("cannot be read", page.Find(".saved-problem").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SavedView_Chosen_ShowsItsFilterColumnsOrderAndGrouping()
    {
        RunsView kept = new() { Filter = "alpha > 0.3", SortKey = "alpha", Columns = ["name", "alpha"], Grouping = RunGrouping.All[1] };
        Store.Save("Strong", kept.QueryText);
        IRenderedComponent<MudPopoverProvider> popovers = Render<MudPopoverProvider>();
        RunsView? shown = null;
        IRenderedComponent<ViewMenu> menu = Render<ViewMenu>(p => p
            .Add(m => m.View, new RunsView()).Add(m => m.Views, Store.Read().Views).Add(m => m.ViewChanged, view => shown = view));
        menu.Find("button").Click();

        IRenderedComponent<MudMenuItem> item =
            popovers.FindComponents<MudMenuItem>().Single(i => i.Markup.Contains("Strong", StringComparison.Ordinal));
        await popovers.InvokeAsync(() => item.Instance.OnClick.InvokeAsync());

        Assert.Equal(kept.QueryText, shown!.QueryText);
        Assert.Equal(("alpha > 0.3", "alpha", "seeds"), (shown.Filter, shown.SortKey, shown.Grouping!.Key));
    }

    [Fact]
    public async Task EditBox_OpensWithTheName_AndLeavesAnAutomaticOneAlone()
    {
        RunSummary run = Add("20260101-000000-demo-abcd", r => r with { Name = null });
        IRenderedComponent<MudDialogProvider> dialogs = Render<MudDialogProvider>();
        Render<MudPopoverProvider>();
        _ = dialogs.InvokeAsync(() => EditRunDialog.ShowAsync(Services.GetRequiredService<IDialogService>(), run));

        IElement name = dialogs.WaitForElement("input");
        Assert.Equal("demo step-by-step abcd", name.GetAttribute("value"));
        await dialogs.FindAll("button").Single(b => b.TextContent.Trim() == "Save").ClickAsync(new MouseEventArgs());
        Assert.Null(Bench.History.Find(run.Id)!.Name);
    }

    private void AddAlphas(params double[] alphas)
    {
        foreach (double alpha in alphas)
        {
            Add(FormattableString.Invariant($"alpha {alpha}"), spec: RunScript.Spec() with { Alpha = alpha });
        }
    }

    private static void Tick(IRenderedComponent<RunsPage> page, int row, bool isRange)
    {
        page.FindAll("tbody td.tick input")[row].Click(new MouseEventArgs { ShiftKey = isRange });
        page.FindAll("tbody td.tick input")[row].Change(true);
    }

    private static List<string> Names(IRenderedComponent<RunsPage> page) =>
        [.. page.FindAll("td.col-name .name a").Select(a => a.TextContent)];

    private static List<string> Titles(IRenderedComponent<RunsPage> page) =>
        [.. page.FindAll("thead .sort").Select(b => b.TextContent.TrimEnd('↓', '↑'))];
}
