using System.Text.RegularExpressions;
using DistillStudio.Configuration;
using DistillStudio.Engine.Studies;
using DistillStudio.History;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace DistillStudio.Tests.Browser;

/// <summary>Studies as people run them.</summary>
[Trait("Needs", "browser")]
[Collection(nameof(MeasuredAlone))]
public sealed class StudyTests(StudioSession session) : IClassFixture<StudioSession>
{
    private static readonly LocatorAssertionsToContainTextOptions Patience = new() { Timeout = 180_000 };

    /// <summary>Trains for real: the demo study with fewer seeds, fractions and steps.</summary>
    [Fact]
    public async Task Launch_ReducedDemoStudy_GoesFromOneClickToItsVerdict()
    {
        using var folder = new TempFolder();
        await using var studio = await RunningStudio.StartAsync(
            new StudioOptions { Home = folder.Home, Urls = [StudioOptions.AddressOf(0)] });
        await using BrowserWindow window = await session.Browser.OpenAsync(studio.Address);
        await window.GoAsync(
            "/launch/study?dataset=demo&model_type=standard,task_prefix&subsample=0.5,1&seeds=2&max_steps=8&eval_steps=4&eval-limit=20&study=Reduced");
        await Assertions.Expect(window.Page.Locator(".facts")).ToContainTextAsync(new Regex(@"Runs\s*8\b"));

        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Launch study" }).ClickAsync();

        await Assertions.Expect(window.Page).ToHaveURLAsync(new Regex("/studies/reduced$"));
        await Assertions.Expect(window.Page.Locator(".verdict")).ToContainTextAsync("The methods:", Patience);
        await Assertions.Expect(window.Page.GetByRole(AriaRole.Status)).ToContainTextAsync("8 of 8 runs finished");
        await Assertions.Expect(window.Page.Locator(".verdict .sentence")).ToHaveCountAsync(2);
        Assert.Equal(8, studio.History.ListRuns().Count(run => run.State == RunState.Finished && run.Group == "study/reduced"));

        // A second study with the same runs makes none.
        await window.GoAsync("/launch/study?dataset=demo&model_type=standard,task_prefix&seeds=2&max_steps=8&eval_steps=4&eval-limit=20");
        await Assertions.Expect(window.Page.Locator(".facts")).ToContainTextAsync("4 finished already");
        await Assertions.Expect(window.Page.Locator(".facts")).ToContainTextAsync("nothing to train");
        Assert.Empty(window.Problems);
    }

    [Fact]
    public async Task Cells_DesktopWidth_FitAndKeepTheirTitlesInSightOnNarrowerScreens()
    {
        using var home = new SeededHome();
        Study study = home.AddStudy(
            StudyPreset.Find("alpha-sweep")!.Create(
                "A study with a name that is rather long", SeededHome.StepByStep with { MaxSteps = 20, EvalSteps = 10 }, 1));
        await using RunningStudio studio = await RunningStudio.StartPacedAsync(home.Home);
        await using BrowserWindow window = await session.Browser.OpenAsync(studio.Address, 1440);
        await window.GoAsync($"/studies/{study.Id}");
        ILocator cells = window.Page.GetByRole(AriaRole.Group, new() { Name = "Cells", Exact = true });
        await cells.Locator("tbody tr").First.WaitForAsync();

        Assert.Equal(0, await cells.EvaluateAsync<int>("frame => frame.scrollWidth - frame.clientWidth"));

        await window.Page.SetViewportSizeAsync(700, 900);
        // In one call: the menu still slides away, and moves both.
        double[] at = await cells.EvaluateAsync<double[]>(
            """
            frame => {
              frame.scrollLeft = 400;
              const title = frame.querySelector('tbody th');
              return [frame.scrollLeft, title.getBoundingClientRect().x - frame.getBoundingClientRect().x];
            }
            """);
        Assert.True(at[0] > 0, "The table does not scroll.");
        Assert.InRange(at[1], -1, 1);
        Assert.Empty(window.Problems);
    }

    /// <summary>Trains for real, in another process.</summary>
    [Fact]
    public async Task Study_RunInATerminal_IsFollowedByItsOpenPage()
    {
        using var folder = new TempFolder();
        await using RunningStudio studio = await RunningStudio.StartAsync(folder.Home);
        await using BrowserWindow window = await session.Browser.OpenAsync(studio.Address);
        await window.GoAsync("/studies");
        using ProgramRun terminal = ProgramRun.Start(
            "study", "run", "--preset", "standard-vs-step-by-step", "--seeds", "2", "--name", "Elsewhere", "--dataset", "demo",
            "--from_pretrained", "demo", "--max_steps", "8", "--eval_steps", "2", "--batch_size", "8", "--eval-limit", "20",
            "--gen_max_len", "4", "--threads", "1", "--home", folder.Path);

        await window.Page.GetByRole(AriaRole.Link, new() { Name = "Elsewhere" }).ClickAsync(new() { Timeout = Patience.Timeout });
        await window.Page.EvaluateAsync("window.wasNotReloaded = true");
        await Assertions.Expect(window.Page.Locator(".page-head .tag")).ToHaveTextAsync("run elsewhere");
        await Assertions.Expect(window.Page.GetByRole(AriaRole.Status)).ToContainTextAsync(new Regex("[1-3] of 4 runs finished"), Patience);
        await window.Page.Locator(".loss-chart .main-svg").First.WaitForAsync();
        await Assertions.Expect(window.Page.GetByRole(AriaRole.Status)).ToContainTextAsync("4 of 4 runs finished", Patience);
        await Assertions.Expect(window.Page.Locator(".page-head .tag")).ToHaveTextAsync("complete", new() { Timeout = 10_000 });

        await Assertions.Expect(window.Page.Locator(".verdict")).ToContainTextAsync("The methods:");
        await Assertions.Expect(window.Page.Locator(".run")).ToHaveCountAsync(4);
        Assert.True(await window.Page.EvaluateAsync<bool>("window.wasNotReloaded"), "The page was loaded again.");
        Assert.Empty(window.Problems);
    }

    [Fact]
    public async Task Study_PausedAndResumedAndExtended_FollowsItsButtonsLive()
    {
        using var folder = new TempFolder();
        await using RunningStudio studio = await RunningStudio.StartPacedAsync(folder.Home, TimeSpan.FromMilliseconds(5));
        await using BrowserWindow window = await session.Browser.OpenAsync(studio.Address);
        await window.GoAsync("/studies");
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Run the demo study" }).ClickAsync();
        await Assertions.Expect(window.Page).ToHaveURLAsync(new Regex("/studies/demo-study$"));
        await Assertions.Expect(window.Page.Locator(".run.is-running")).ToHaveCountAsync(1, new() { Timeout = 30_000 });

        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        await Assertions.Expect(window.Page.Locator(".page-head .tag")).ToHaveTextAsync("paused");
        Assert.Equal(StudyQueue.Paused, Study(studio).Queue);

        await window.Page.GetByRole(AriaRole.Button, new() { Name = "More" }).ClickAsync();
        await window.Page.GetByText("Name, notes, margin…").ClickAsync();
        await window.Page.GetByLabel("Name").FillAsync("My study");
        await window.Page.GetByLabel("Equally good within").ClickAsync();
        await window.Page.GetByRole(AriaRole.Option, new() { Name = "1 point", Exact = true }).Or(window.Page.Locator(".mud-popover-open .mud-list-item", new() { HasTextString = "1 point" })).First.ClickAsync();
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();
        await Assertions.Expect(window.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("My study");
        Assert.Equal(0.01, Study(studio).Comparison!.Margin);

        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Add seeds" }).ClickAsync();
        await window.Page.GetByText("1 seed: 6 runs").ClickAsync();
        await Assertions.Expect(window.Page.GetByRole(AriaRole.Columnheader, new() { Name = "seed 5" })).ToBeVisibleAsync();
        Assert.Equal((6, StudyQueue.On), (Study(studio).Seeds.Count, Study(studio).Queue));

        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Cancel the study" }).ClickAsync();
        await Assertions.Expect(window.Page.Locator(".page-head .tag")).ToHaveTextAsync("stopped");
        await Assertions.Expect(window.Page.Locator(".run.is-cancelled")).Not.ToHaveCountAsync(0, new() { Timeout = 30_000 });
        await Assertions.Expect(window.Page.GetByRole(AriaRole.Button, new() { Name = "Rerun" })).ToBeVisibleAsync();

        await window.Page.Locator(".legend-name").First.ClickAsync();
        await Assertions.Expect(window.Page).ToHaveURLAsync(new Regex(@"\?cells="));

        await window.Page.GetByRole(AriaRole.Button, new() { Name = "More" }).ClickAsync();
        await window.Page.GetByText("Delete…").ClickAsync();
        await window.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await Assertions.Expect(window.Page).ToHaveURLAsync(new Regex("/studies$"));
        await Assertions.Expect(window.Page.GetByRole(AriaRole.Link, new() { Name = "My study" })).ToHaveCountAsync(0);
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Undo" }).ClickAsync();
        await Assertions.Expect(window.Page.GetByRole(AriaRole.Link, new() { Name = "My study" })).ToBeVisibleAsync();
        Assert.Empty(window.Problems);
    }

    [Fact]
    public async Task Study_BeforeItsFirstRunEnds_DrawsTheCurvesOfTheRunUnderWay()
    {
        using var folder = new TempFolder();
        await using RunningStudio studio = await RunningStudio.StartPacedAsync(folder.Home, TimeSpan.FromMilliseconds(200));
        await using BrowserWindow window = await session.Browser.OpenAsync(studio.Address);
        await window.GoAsync("/studies");
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Run the demo study" }).ClickAsync();
        ILocator curves = window.Page.GetByRole(AriaRole.Region, new() { Name = "On validation, over seeds" });
        await Assertions.Expect(curves).ToContainTextAsync("Curves come with the first evaluation.");

        await Assertions.Expect(curves.Locator(".js-plotly-plot .scatterlayer .trace").First)
            .ToBeAttachedAsync(new() { Timeout = 60_000 });
        Assert.DoesNotContain(studio.History.ListRuns(), run => run.State == RunState.Finished);
        Assert.Empty(window.Problems);
    }

    private static Study Study(RunningStudio studio) => studio.Services.GetRequiredService<StudyStore>().List().Studies.Single();
}
