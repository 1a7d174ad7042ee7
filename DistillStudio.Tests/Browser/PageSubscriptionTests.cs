using System.Text.RegularExpressions;
using DistillStudio.Engine.Settings;
using DistillStudio.Jobs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace DistillStudio.Tests.Browser;

/// <summary>Runs watched live: nothing is lost and nothing drawn twice, whatever happens to page, connection and program.</summary>
[Trait("Needs", "browser")]
[Collection(nameof(MeasuredAlone))]
public sealed class PageSubscriptionTests(Chromium browser) : IClassFixture<Chromium>, IAsyncDisposable
{
    private const string RawLabelLoss = "Label loss: Training (raw)";

    private readonly TempFolder _folder = new();

    private static RunSpec Short => RunDefaults.Demo with { MaxSteps = 400, EvalSteps = 50 };

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task EmptyStudio_DemoComparison_RunsThePairAndShowsTheVerdict()
    {
        await using RunningStudio studio = await RunningStudio.StartPacedAsync(_folder.Home, TimeSpan.FromMilliseconds(2));
        await using BrowserWindow window = await browser.OpenAsync(studio.Address);
        await window.GoAsync("/");
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Run the demo comparison" }).ClickAsync();
        await Assertions.Expect(window.Page).ToHaveURLAsync(new Regex(@"/compare\?runs="));
        ChartProbe.AssertWhole(await window.Page.WaitForPointsAsync("Label loss: Standard · training (raw)", 60));
        ChartProbe.AssertWhole(await window.Page.WaitForPointsAsync("Label loss: Step-by-step · training (raw)", 60, seconds: 60));
        await Assertions.Expect(window.Page.Locator(".state-finished")).ToHaveCountAsync(2, new() { Timeout = 60_000 });
        await Assertions.Expect(window.Page.GetByRole(AriaRole.Region, new() { Name = "Verdict" })).ToContainTextAsync(
            "These two models: Step-by-step gets");
        await Assertions.Expect(window.Page.GetByRole(AriaRole.Region, new() { Name = "Verdict" })).ToContainTextAsync(
            "one seed each tells nothing about methods");
        Assert.Empty(window.Problems);
    }

    [Fact]
    public async Task RunPage_Reloaded_LosesNothing()
    {
        await using RunningStudio studio = await RunningStudio.StartPacedAsync(_folder.Home, TimeSpan.FromMilliseconds(20));
        string id = studio.Services.GetRequiredService<IRunManager>().Launch(Short);
        await using BrowserWindow window = await browser.OpenAsync(studio.Address);
        await window.GoAsync($"/runs/{id}");
        ChartProbe.AssertWhole(await window.Page.WaitForPointsAsync(RawLabelLoss, 60));
        await window.Page.ReloadAsync();
        ChartProbe.AssertWhole(await window.Page.WaitForPointsAsync(RawLabelLoss, 100));
        ChartProbe.AssertWhole(await window.Page.WaitForPointsAsync(RawLabelLoss, 400));
        await Assertions.Expect(window.Page.Locator(".page-head .state-finished")).ToBeVisibleAsync();
        Assert.Empty(window.Problems);
    }

    [Fact]
    public async Task TwoBrowsers_SameRun_SeeTheSame()
    {
        await using RunningStudio studio = await RunningStudio.StartPacedAsync(_folder.Home, TimeSpan.FromMilliseconds(10));
        string id = studio.Services.GetRequiredService<IRunManager>().Launch(Short);
        await using BrowserWindow first = await browser.OpenAsync(studio.Address);
        await using BrowserWindow second = await browser.OpenAsync(studio.Address, 390, 844, isDark: true);
        await first.GoAsync($"/runs/{id}");
        await second.GoAsync($"/runs/{id}");
        double[] one = await first.Page.WaitForPointsAsync(RawLabelLoss, 400);
        double[] two = await second.Page.WaitForPointsAsync(RawLabelLoss, 400);
        ChartProbe.AssertWhole(one);
        Assert.Equal(one, two);
    }

    [Fact]
    public async Task Connection_LostForAWhile_CurvesGoOnWithoutGapOrDouble()
    {
        await using RunningStudio studio = await RunningStudio.StartPacedAsync(_folder.Home, TimeSpan.FromMilliseconds(25));
        string id = studio.Services.GetRequiredService<IRunManager>().Launch(Short);
        await using var line = new CuttableLine(studio.Address);
        await using BrowserWindow window = await browser.OpenAsync(line.Address);
        await window.GoAsync($"/runs/{id}");
        await window.Page.WaitForPointsAsync(RawLabelLoss, 20);
        line.Cut();
        await Assertions.Expect(window.Page.Locator("#components-reconnect-modal")).ToBeVisibleAsync();
        await window.Page.WaitForTimeoutAsync(4000);
        line.Mend();
        ChartProbe.AssertWhole(await window.Page.WaitForPointsAsync(RawLabelLoss, 400));
    }

    [Fact]
    public async Task Studio_RestartedMidRun_PageComesBackWithTheWholeHistory()
    {
        RunningStudio studio = await RunningStudio.StartPacedAsync(_folder.Home, TimeSpan.FromMilliseconds(30));
        string address = studio.Address;
        string id = studio.Services.GetRequiredService<IRunManager>().Launch(Short);
        await using BrowserWindow window = await browser.OpenAsync(address);
        await window.GoAsync($"/runs/{id}?x=step&log=1");
        await window.Page.WaitForPointsAsync(RawLabelLoss, 40);
        await studio.DisposeAsync();
        await Assertions.Expect(window.Page.Locator("#components-reconnect-modal")).ToBeVisibleAsync(new() { Timeout = 10_000 });
        await using RunningStudio again = await RunningStudio.StartPacedAsync(_folder.Home, TimeSpan.FromMilliseconds(30), address);
        ChartProbe.AssertWhole(await window.Page.WaitForPointsAsync(RawLabelLoss, 400, seconds: 60)); // it goes on by itself
        await Assertions.Expect(window.Page.Locator(".page-head .state")).ToHaveTextAsync("Finished");
        Assert.Equal(1, await window.Page.EvaluateAsync<int>("document.getElementById('loss-chart').layout.shapes.length"));
        ChartProbe.AssertWhole(await window.Page.XsAsync(RawLabelLoss));
        Assert.Contains("log=1", window.Page.Url, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HiddenTab_StopsPullingAndCatchesUpWhenShown()
    {
        await using RunningStudio studio = await RunningStudio.StartPacedAsync(_folder.Home, TimeSpan.FromMilliseconds(30));
        string id = studio.Services.GetRequiredService<IRunManager>().Launch(Short);
        await using BrowserWindow window = await browser.OpenAsync(studio.Address);
        await window.GoAsync($"/runs/{id}");
        await window.Page.WaitForPointsAsync(RawLabelLoss, 10);
        await SetVisibilityAsync(window.Page, "hidden");
        int before, after = -1;
        do // the page is told of its tab a moment later
        {
            before = (await window.Page.XsAsync(RawLabelLoss)).Length;
            int step = studio.History.Find(id)!.Step;
            Assert.InRange(step, 0, 300); // steps are left
            await Eventually.Holds(() => studio.History.Find(id)!.Step > step + 30);
            after = (await window.Page.XsAsync(RawLabelLoss)).Length;
        }
        while (after != before);

        await SetVisibilityAsync(window.Page, "visible");
        ChartProbe.AssertWhole(await window.Page.WaitForPointsAsync(RawLabelLoss, before + 60));
        ChartProbe.AssertWhole(await window.Page.WaitForPointsAsync(RawLabelLoss, 400));
    }

    [Fact]
    public async Task Run_PausedResumedCancelled_PageFollowsAtOnce()
    {
        await using RunningStudio studio = await RunningStudio.StartPacedAsync(_folder.Home, TimeSpan.FromMilliseconds(20));
        string id = studio.Services.GetRequiredService<IRunManager>().Launch(Short with { MaxSteps = 5000 });
        await using BrowserWindow window = await browser.OpenAsync(studio.Address);
        await window.GoAsync($"/runs/{id}");
        await window.Page.WaitForPointsAsync(RawLabelLoss, 5);
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        await Assertions.Expect(window.Page.Locator(".page-head .state")).ToHaveTextAsync("Paused");
        await window.Page.Locator("body").PressAsync("p");
        await Assertions.Expect(window.Page.Locator(".page-head .state")).ToHaveTextAsync("Running");
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Cancel", Exact = true }).ClickAsync();
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Cancel the run" }).ClickAsync();
        await Assertions.Expect(window.Page.Locator(".page-head .state")).ToHaveTextAsync("Cancelled");
        Assert.Empty(window.Problems);
    }

    [Fact]
    public async Task Run_CancelledAndResumedByItsButton_CurveContinuesFromTheCheckpointAndMarksThePlace()
    {
        await using RunningStudio studio = await RunningStudio.StartPacedAsync(_folder.Home, TimeSpan.FromMilliseconds(10));
        IRunManager manager = studio.Services.GetRequiredService<IRunManager>();
        string id = manager.Launch(Short with { MaxSteps = 300 });
        await using BrowserWindow window = await browser.OpenAsync(studio.Address);
        await window.GoAsync($"/runs/{id}");
        await window.Page.WaitForPointsAsync(RawLabelLoss, 70);
        manager.Cancel(id);
        await Assertions.Expect(window.Page.Locator(".page-head .state")).ToHaveTextAsync("Cancelled");
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Resume" }).ClickAsync();
        ChartProbe.AssertWhole(await window.Page.WaitForPointsAsync(RawLabelLoss, 300));
        await Assertions.Expect(window.Page.Locator(".page-head .state")).ToHaveTextAsync("Finished");
        Assert.Equal(1, await window.Page.EvaluateAsync<int>("document.getElementById('loss-chart').layout.shapes.length"));
        Assert.Empty(window.Problems);
    }

    private static async Task SetVisibilityAsync(IPage page, string state) => await page.EvaluateAsync(
        "state => { Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => state }); "
            + "document.dispatchEvent(new Event('visibilitychange')); }", state);
}
