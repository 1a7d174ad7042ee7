using System.Globalization;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Tests.Browser;
using Microsoft.Playwright;

namespace DistillStudio.Tests.Figures;

/// <summary>
/// How long ten runs of 100,000 steps take to compare, from the click to the first curves, and how smoothly a zoomed range is moved:
/// <c>dotnet test -c Release --project DistillStudio.Tests --explicit only --filter-class '*ComparedCurvesFigures' --output Detailed</c>
/// </summary>
[Trait("Needs", "browser")]
[Collection(nameof(MeasuredAlone))]
public sealed class ComparedCurvesFigures(Chromium browser, ITestOutputHelper output) : IClassFixture<Chromium>
{
    private const int Runs = 10;
    private const int Steps = 100_000;
    private const int Rounds = 5;
    private const double MostToFirstCurves = 1000;
    private const double MostAPan = 50;

    /// <summary>Goes to a page of the studio and returns the milliseconds until its curves are painted.</summary>
    private const string Open = """
        address => new Promise(done => {
          const start = performance.now();
          const watch = () => document.querySelector('#loss-chart .scatterlayer .trace path')
            ? requestAnimationFrame(() => done(performance.now() - start)) : setTimeout(watch, 5);
          Blazor.navigateTo(address);
          watch();
        })
        """;

    /// <summary>Moves a zoomed range by a drag with Shift and returns the milliseconds between the frames.</summary>
    private const string Frames = """
        () => {
          window.frames_ = [];
          let last = performance.now();
          const note = now => { if (window.frames_) { window.frames_.push(now - last); last = now; requestAnimationFrame(note); } };
          requestAnimationFrame(note);
        }
        """;

    [Fact(Explicit = true)]
    public async Task TenLongRuns_Compared_ShowWithinASecondAndMoveWithoutJerks()
    {
        using var home = new SeededHome();
        string ids = string.Join(',', Enumerable.Range(0, Runs).Select(seed => home.Add(
            (seed % 2 == 0 ? SeededHome.StepByStep : SeededHome.Standard) with { MaxSteps = Steps, EvalSteps = 500, Seed = seed })));
        await ReadOnceAsync(home.Home);
        using FreshStudio studio = await FreshStudio.StartAsync(home.Home);
        await using BrowserWindow window = await browser.OpenAsync(studio.Address, 1440);
        IPage page = window.Page;
        var opened = new List<double>();
        for (int round = 0; round <= Rounds; round++)
        {
            await window.GoAsync("/");
            await page.Locator("table.runs tbody .name a").First.WaitForAsync();
            opened.Add(await page.EvaluateAsync<double>(Open, $"compare?runs={ids}"));
            await page.WaitForTimeoutAsync(1000);
        }

        await page.EvaluateAsync("Plotly.relayout('loss-chart', { 'xaxis.range[0]': 20000, 'xaxis.range[1]': 40000 })");
        await page.WaitForTimeoutAsync(2000);
        ILocator panel = page.Locator("#loss-chart .nsewdrag").First;
        await panel.EvaluateAsync("panel => panel.scrollIntoView({ block: 'center' })");
        LocatorBoundingBoxResult box = (await panel.BoundingBoxAsync())!;
        (float x, float y) = (box.X + (0.8f * box.Width), box.Y + (box.Height / 2));
        await page.Keyboard.DownAsync("Shift");
        await page.Mouse.MoveAsync(x, y);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(x - 10, y);
        await page.EvaluateAsync(Frames);
        await page.Mouse.MoveAsync(x - 300, y, new() { Steps = 60 });
        double[] frames = await page.EvaluateAsync<double[]>("() => { const f = window.frames_; window.frames_ = null; return f; }");
        await page.Mouse.UpAsync();
        await page.Keyboard.UpAsync("Shift");

        double usual = opened.Skip(1).Order().ElementAt(Rounds / 2), frame = frames.Order().ElementAt(frames.Length / 2);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"First curves of {Runs} runs of {Steps} steps: {opened[0]:0} ms the first time, {usual:0} ms then. A frame while moving: "
                + $"{frame:0} ms, nine in ten within {frames.Order().ElementAt((int)(0.9 * frames.Length)):0} ms."));
        Assert.InRange(opened[0], 0, MostToFirstCurves);
        Assert.InRange(usual, 0, MostToFirstCurves);
        Assert.InRange(frame, 0, MostAPan);
        Assert.Empty(window.Problems);
        await studio.EndsCleanAsync();
    }

    /// <summary>
    /// The studio that runs are made in has their steps in its database; one that finds them in the home reads them at first.
    /// </summary>
    private async Task ReadOnceAsync(StudioHome home)
    {
        using FreshStudio studio = await FreshStudio.StartAsync(home);
        await using (BrowserWindow window = await browser.OpenAsync(studio.Address, 1440))
        {
            await window.GoAsync("/?state=finished");
            await window.Page.WaitForFunctionAsync(
                "count => document.querySelectorAll('table.runs tbody .name a').length === count", Runs, new() { Timeout = 120_000 });
        }

        await studio.EndsCleanAsync();
    }
}
