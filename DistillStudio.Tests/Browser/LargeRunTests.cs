using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace DistillStudio.Tests.Browser;

/// <summary>A run with 100,000 steps opens at once and stays light; the figures are printed for the README.</summary>
[Trait("Needs", "browser")]
[Collection(nameof(MeasuredAlone))]
public sealed class LargeRunTests(Chromium browser, ITestOutputHelper output) : IClassFixture<Chromium>
{
    private const int Steps = 100_000;
    private const int MostBytes = 400_000;
    private const string Raw = "Label loss: Training (raw)";

    [Fact]
    public async Task HundredThousandSteps_OpenedFromTheTable_ShowsInASecondAndUnder400Kilobytes()
    {
        using var home = new SeededHome();
        string id = home.Add(SeededHome.StepByStep with { MaxSteps = Steps, EvalSteps = 500, Name = "Large" });
        await using RunningStudio studio = await RunningStudio.StartPacedAsync(home.Home);
        await using BrowserWindow window = await browser.OpenAsync(studio.Address);
        long bytes = 0;
        window.Page.WebSocket += (_, socket) =>
            socket.FrameReceived += (_, frame) => Interlocked.Add(ref bytes, frame.Binary?.Length ?? frame.Text?.Length ?? 0);
        await window.GoAsync("/");
        await window.Page.GetByRole(AriaRole.Link, new() { Name = "Large" }).First.WaitForAsync();
        await OpenAsync(window.Page); // the first visit also compiles the program's own code and loads Plotly
        TimeSpan took = TimeSpan.MaxValue;
        for (int attempt = 0; attempt < 3; attempt++) // the fastest, without what others do on the machine
        {
            await window.Page.GetByRole(AriaRole.Link, new() { Name = "Runs" }).First.ClickAsync();
            await window.Page.GetByRole(AriaRole.Link, new() { Name = "Large" }).First.WaitForAsync();
            await window.Page.WaitForTimeoutAsync(300); // what is still on its way
            Interlocked.Exchange(ref bytes, 0);
            TimeSpan attempted = await OpenAsync(window.Page);
            took = attempted < took ? attempted : took;
        }

        await window.Page.WaitForTimeoutAsync(300);
        output.WriteLine($"A run of {Steps} steps opens in {took.TotalMilliseconds:0} ms and sends {Interlocked.Read(ref bytes) / 1000} "
            + $"KB.");
        Assert.InRange(took.TotalSeconds, 0, 1);
        Assert.InRange(Interlocked.Read(ref bytes), 50_000, MostBytes);
        Assert.InRange((await window.Page.XsAsync(Raw)).Length, 500, 1000);
        await Assertions.Expect(window.Page.Locator(".chart-note")).ToContainTextAsync("of 100,000 points");
        Assert.Contains(id, window.Page.Url, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HundredThousandSteps_Zoomed_ShowsEveryStepOfTheRangeAndTheWholeAgain()
    {
        using var home = new SeededHome();
        string id = home.Add(SeededHome.StepByStep with { MaxSteps = Steps, EvalSteps = 500 });
        await using RunningStudio studio = await RunningStudio.StartPacedAsync(home.Home);
        await using BrowserWindow window = await browser.OpenAsync(studio.Address);
        await window.GoAsync($"/runs/{id}");
        await window.Page.WaitForPointsAsync(Raw, 500);
        await Assertions.Expect(window.Page.Locator(".chart-note")).ToContainTextAsync("of 100,000 points"); // read to its end
        await window.Page.EvaluateAsync("Plotly.relayout('loss-chart', { 'xaxis.range[0]': 50000, 'xaxis.range[1]': 50400 })");
        await Assertions.Expect(window.Page).ToHaveURLAsync(new Regex("from=50000"));
        await window.Page.WaitForFunctionAsync($"() => document.getElementById('loss-chart').data.find(t => t.meta === '{Raw}').x[0] === "
            + $"50000");
        double[] zoomed = await window.Page.XsAsync(Raw);
        Assert.Equal(Enumerable.Range(50_000, 401).Select(i => (double)i), zoomed);
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Whole run" }).ClickAsync();
        await window.Page.WaitForFunctionAsync($"() => document.getElementById('loss-chart').data.find(t => t.meta === '{Raw}').x[0] === "
            + $"1");
        Assert.DoesNotContain("from=", window.Page.Url, StringComparison.Ordinal);
        Assert.Empty(window.Problems);
    }

    private static async Task<TimeSpan> OpenAsync(IPage page)
    {
        long start = Stopwatch.GetTimestamp();
        await page.GetByRole(AriaRole.Link, new() { Name = "Large" }).First.ClickAsync();
        await page.WaitForFunctionAsync(
            $"() => (document.getElementById('loss-chart')?.data ?? []).some(t => t.meta === '{Raw}' && t.x.length > 500) && "
                + $"document.querySelector('#loss-chart .main-svg')",
            null, new() { PollingInterval = 20 });
        return Stopwatch.GetElapsedTime(start);
    }
}
