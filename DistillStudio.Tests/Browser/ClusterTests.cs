using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using DistillStudio.Engine.Runs;
using DistillStudio.History;
using Microsoft.Playwright;

namespace DistillStudio.Tests.Browser;

/// <summary>Runs handed to a real Slurm from the pages: as a user would, from the form to the cancelled job.</summary>
[Trait("Needs", "slurm")]
[Collection(nameof(SlurmCluster))]
[SupportedOSPlatform("linux")]
public sealed partial class ClusterTests(Chromium browser) : IClassFixture<Chromium>
{
    private const float Long = 180_000; // of a machine that does other things too

    private static readonly string Pictures = Path.Combine(AppContext.BaseDirectory, "TestResults", "pages");

    [Fact]
    public async Task Pair_LaunchedOnAProfile_IsFollowedLive_AndCancelledFromItsPage()
    {
        SlurmCluster.Require();
        using var folder = new TempFolder();
        await using RunningStudio studio = await RunningStudio.StartAsync(folder.Home);
        await using BrowserWindow window = await browser.OpenAsync(studio.Address);
        IPage page = window.Page;

        await window.GoAsync("/cluster?new=1");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("lab");
        await page.GetByLabel("Partition", new() { Exact = true }).FillAsync("main");
        await page.GetByLabel("Time limit", new() { Exact = true }).FillAsync("8h");
        await Assertions.Expect(page.Locator(".profile-form")).ToContainTextAsync("write it like 8:00:00");
        await LookAsync(window, "cluster-form");
        await page.GetByLabel("Time limit", new() { Exact = true }).FillAsync("");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Article, new() { Name = "Profile lab" })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Test this profile" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Runs can be trained there")).ToBeVisibleAsync(new() { Timeout = Long });
        await LookAsync(window, "cluster-tested");

        await window.GoAsync("/launch?dataset=demo&max_steps=100000&eval_steps=50000&threads=1&device=cpu&on=lab");
        await Assertions.Expect(page.Locator(".run-on")).ToContainTextAsync("As jobs of Slurm, with the profile lab");
        await LookAsync(window, "cluster-launch");
        await page.GetByRole(AriaRole.Button, new() { Name = "Launch pair" }).ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(new Regex(@"/compare\?runs="));
        RunSummary[] runs = [.. studio.History.ListRuns()];
        Assert.Equal(["lab", "lab"], runs.Select(run => run.Placement!.Profile));

        RunSummary run = runs[0];
        await window.GoAsync($"/runs/{run.Id}");
        await Assertions.Expect(page.Locator(".page-head")).ToContainTextAsync("on the cluster: lab", new() { IgnoreCase = true });
        await page.Locator(".loss-chart .main-svg").First.WaitForAsync(new() { Timeout = Long });
        int seen = studio.History.Find(run.Id)!.Step;
        await Eventually.Holds(() => studio.History.Find(run.Id)!.Step > seen, TimeSpan.FromMilliseconds(Long));
        await WaitForLivePageAsync(page, run.Folder);
        await Assertions.Expect(page.Locator(".page-head")).ToContainTextAsync(new Regex(@"lab, job \d+(_\d)? on n\d · running"));
        await page.GetByRole(AriaRole.Button, new() { Name = "Job output" }).ClickAsync();
        await Assertions.Expect(page.Locator("pre.output")).ToContainTextAsync(new Regex(@"Job \d+(_\d)? on n\d, start 1"));
        await Assertions.Expect(page).ToHaveURLAsync(new Regex("output=1"));
        await LookAsync(window, "cluster-run");

        await window.GoAsync("/");
        await Assertions.Expect(page.Locator("td.col-on")).ToHaveTextAsync(["lab", "lab"]);
        await LookAsync(window, "cluster-runs");
        await window.GoAsync("/cluster");
        ILocator jobs = page.GetByRole(AriaRole.Region, new() { Name = "Jobs", Exact = true });
        ILocator links = jobs.GetByRole(AriaRole.Link);
        await Assertions.Expect(links).ToHaveCountAsync(2, new() { Timeout = Long });
        ILocator nodes = page.GetByRole(AriaRole.Region, new() { Name = "Nodes", Exact = true });
        await Assertions.Expect(nodes.Locator("tbody tr")).ToHaveCountAsync(4);
        await LookAsync(window, "cluster");

        await jobs.Locator($"a[href*='{run.Id}']").ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Cancel", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Cancel the run" }).ClickAsync();
        await Assertions.Expect(page.Locator(".page-head .state-cancelled")).ToBeVisibleAsync(new() { Timeout = Long });
        await Eventually.Holds(
            () => studio.History.Find(run.Id) is { State: RunState.Cancelled, Placement.IsLive: false }, TimeSpan.FromMilliseconds(Long));
        Assert.Equal(RunState.Running, studio.History.Find(runs[1].Id)!.State);
        studio.Manager.Cancel(runs[1].Id);
        await Eventually.Holds(() => studio.History.Find(runs[1].Id)!.State == RunState.Cancelled, TimeSpan.FromMilliseconds(Long));
        Assert.Empty(window.Problems);
    }

    /// <summary>Waits until the page shows a step whose successor, if it is recorded, is less than three seconds old.</summary>
    private static async Task WaitForLivePageAsync(IPage page, string runFolder)
    {
        long start = Stopwatch.GetTimestamp();
        double lag = double.NaN;
        do
        {
            Assert.True(Stopwatch.GetElapsedTime(start).TotalMilliseconds < Long, $"The page is {lag:0.0} s behind the job.");
            await Task.Delay(500, TestContext.Current.CancellationToken);
            string shown = await page.Locator(".tile", new() { HasText = "Step" }).First.InnerTextAsync();
            DateTimeOffset now = DateTimeOffset.UtcNow;
            int step = int.Parse(Shown().Match(shown).Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
            lag = RunFiles.Events(runFolder).OfType<StepCompleted>().FirstOrDefault(e => e.Step == step + 1) is { } next
                ? (now - next.Time).TotalSeconds
                : 0;
        }
        while (lag >= 3);
    }

    [GeneratedRegex(@"\d[\d,]*")]
    private static partial Regex Shown();

    /// <summary>Keeps pictures of the page to look at, narrow and wide, light and dark; it has no violation.</summary>
    private static async Task LookAsync(BrowserWindow window, string name)
    {
        foreach ((int width, ColorScheme scheme) in new[] { (390, ColorScheme.Light), (1440, ColorScheme.Dark), (1440, ColorScheme.Light) })
        {
            await window.Page.EmulateMediaAsync(new() { ColorScheme = scheme });
            await window.Page.SetViewportSizeAsync(width, 900);
            await window.Page.WaitForTimeoutAsync(300);
            await window.Page.ScreenshotAsync(
                new() { Path = Path.Combine(Pictures, $"{name}-{width}-{scheme.ToString().ToLowerInvariant()}.png"), FullPage = true });
            Assert.False(
                await window.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth > window.innerWidth"), "scrolls sideways");
        }

        AxeResult result = await window.Page.RunAxe();
        string violations = string.Join('\n', result.Violations.SelectMany(v => v.Nodes.Select(n => $"{v.Id}: {n.Html}")));
        Assert.True(violations.Length == 0, violations);
    }
}
