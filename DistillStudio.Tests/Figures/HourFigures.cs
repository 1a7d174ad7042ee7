using System.Globalization;
using System.Text.Json;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.Tests.Browser;
using Microsoft.Playwright;

namespace DistillStudio.Tests.Figures;

/// <summary>
/// What an hour of a run leaves in an open page's memory, on the server and in the browser, printed for the README:
/// <c>dotnet test --project DistillStudio.Tests --explicit only --filter-class '*HourFigures' --output Detailed</c>
/// </summary>
[Trait("Needs", "browser")]
[Collection(nameof(MeasuredAlone))]
public sealed class HourFigures(Chromium browser, ITestOutputHelper output) : IClassFixture<Chromium>
{
    /// <summary>An hour at the demo's 25 steps a second.</summary>
    private const int Steps = 90_000;

    private const int StepsATick = 150;
    private const int Circuits = 10;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    [Fact(Explicit = true)]
    public async Task AnHourOfEvents_InAMinute_LeavesThePagesAsSmallAsTheyWere()
    {
        using var home = new TempFolder();
        await using RunningStudio studio = await RunningStudio.StartPacedAsync(home.Home);
        RunSpec spec = SeededHome.StepByStep with { MaxSteps = Steps, EvalSteps = 2500 };
        RunFolder run = RunFolder.Create(Directory.CreateDirectory(home.Home.Runs).FullName, spec, DateTimeOffset.UtcNow);
        var physics = new RunPhysics(spec);
        using var recorder = new RunRecorder(run.EventsPath, [], TimeProvider.System);
        recorder.Record(physics.Started());
        await FeedAsync(recorder, physics, 1, Steps / 10);

        await using BrowserWindow window = await browser.OpenAsync(studio.Address);
        await window.GoAsync($"/runs/{run.Id}");
        List<CircuitClient> pages = [];
        for (int i = 0; i < Circuits; i++)
        {
            pages.Add(await CircuitClient.OpenAsync(studio.Address, $"runs/{run.Id}"));
        }

        await FeedAsync(recorder, physics, (Steps / 10) + 1, Steps / 5);
        double startHeap = await HeapAsync(window.Page);
        double startCircuit = await CloseHalfAsync(pages, Circuits / 2);
        await FeedAsync(recorder, physics, (Steps / 5) + 1, Steps);
        double endHeap = await HeapAsync(window.Page);
        Assert.Equal([], window.Problems);
        Assert.InRange((await window.Page.XsAsync("Label loss: Training (raw)")).Length, 500, 2100);
        double endCircuit = await CloseHalfAsync(pages, Circuits / 2);

        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"After {Steps / 5:N0} and after {Steps:N0} steps: a circuit holds {startCircuit:0.0} and {endCircuit:0.0} MB of the "
                    + $"server's memory, the page's scripts {startHeap:0.0} and {endHeap:0.0} MB of the browser's."));
        Assert.InRange(endCircuit, 0, startCircuit + 2);
        Assert.InRange(endHeap, 0, startHeap + 5);
    }

    private static async Task FeedAsync(RunRecorder recorder, RunPhysics physics, int from, int to)
    {
        for (int step = from; step <= to; step++)
        {
            foreach (RunEvent happened in physics.Step(step))
            {
                recorder.Record(happened);
            }

            if (step % StepsATick == 0)
            {
                await Task.Delay(Tick, TestContext.Current.CancellationToken);
            }
        }

        await Task.Delay(2000, TestContext.Current.CancellationToken);
    }

    /// <summary>Megabytes in use, garbage collected.</summary>
    private static async Task<double> HeapAsync(IPage page)
    {
        ICDPSession session = await page.Context.NewCDPSessionAsync(page);
        await session.SendAsync("HeapProfiler.collectGarbage");
        JsonElement? usage = await session.SendAsync("Runtime.getHeapUsage");
        return usage!.Value.GetProperty("usedSize").GetDouble() / 1e6;
    }

    /// <summary>Megabytes that come back for each page closed.</summary>
    private static async Task<double> CloseHalfAsync(List<CircuitClient> pages, int count)
    {
        long before = GC.GetTotalMemory(forceFullCollection: true);
        foreach (CircuitClient page in pages.Take(count))
        {
            Assert.Null(page.Error);
            await page.DisposeAsync();
        }

        pages.RemoveRange(0, count);
        await Task.Delay(3000, TestContext.Current.CancellationToken);
        return (before - GC.GetTotalMemory(forceFullCollection: true)) / 1e6 / count;
    }
}
