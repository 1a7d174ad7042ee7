using System.Text.RegularExpressions;
using DistillStudio.Components.Interactivity;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using Microsoft.Playwright;

namespace DistillStudio.Tests.Browser;

/// <summary>What is written at the axes of charts, and whether marks at their ends are whole.</summary>
[Trait("Needs", "browser")]
public sealed class ChartAxisTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();

    public Chromium Browser { get; } = new();

    public ValueTask InitializeAsync() => Browser.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        await Browser.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Two runs of four steps that end with equal accuracies and without loss.</summary>
    [Theory]
    [InlineData(390)]
    [InlineData(1440)]
    public async Task Compare_RunsOfFourSteps_CountsInWholeNumbersAndShowsMarksAtZeroWhole(int width)
    {
        RunFolder[] runs =
        [
            .. new[] { RunDefaults.DemoStandard, RunDefaults.Demo }.Select(spec => spec with { MaxSteps = 4, EvalSteps = 2 })
                .Select(spec => RunFiles.Create(_folder.Home, spec, Events(spec))),
        ];
        await using RunningStudio studio = await RunningStudio.StartAsync(_folder.Home);
        await Eventually.Holds(() => runs.All(run => studio.History.Find(run.Id)?.Rows == 4));
        await using BrowserWindow window = await Browser.OpenAsync(studio.Address, width, 900, isDark: true);
        await window.GoAsync($"/compare?runs={string.Join(',', runs.Select(run => run.Id))}");
        await window.Page.Locator(".loss-chart .xtick").First.WaitForAsync();

        Assert.Equal(["1", "2", "3", "4"], (await TicksAsync(window.Page, "xtick")).Distinct().Order());
        string[] difference = await TicksAsync(window.Page, "y2tick");
        Assert.Contains("0", difference);
        Assert.DoesNotContain("+0", difference);
        await AssertMarksAreWholeAsync(window.Page);

        // Zoomed in by keys, and out again to more steps than there are.
        await window.Page.Locator(".curves-plot").FocusAsync();
        await window.Page.Keyboard.PressAsync("+");
        await window.Page.WaitForFunctionAsync("() => document.getElementById('loss-chart').layout.xaxis.range?.[1] < 4");
        Assert.All(await TicksAsync(window.Page, "xtick"), AssertWhole);
        while (await window.Page.EvaluateAsync<double>("() => document.getElementById('loss-chart')._fullLayout.xaxis.range[1]") <= 15)
        {
            await window.Page.Keyboard.PressAsync("-");
        }

        await window.Page.WaitForFunctionAsync("() => document.querySelectorAll('.xtick').length < 60");
        Assert.All(await TicksAsync(window.Page, "xtick"), AssertWhole);
        Assert.Empty(window.Problems);
    }

    /// <summary>Each key starts from what the last one asked for, although the redraws for earlier ones come later.</summary>
    [Fact]
    public async Task Run_KeysFasterThanItsRedraws_EachCounts()
    {
        RunSpec spec = RunDefaults.Demo with { MaxSteps = 400 };
        RunFolder run = RunFiles.Create(_folder.Home, spec, RunScript.Whole(spec));
        await using RunningStudio studio = await RunningStudio.StartAsync(_folder.Home);
        await Eventually.Holds(() => studio.History.Find(run.Id)?.Rows == 400);
        await using BrowserWindow window = await Browser.OpenAsync(studio.Address, 1440, 900, isDark: false);
        await window.GoAsync($"/runs/{run.Id}");
        await Assertions.Expect(window.Page.Locator(".read-out")).Not.ToBeEmptyAsync(); // listens to keys from then on
        await window.Page.EvaluateAsync("""
            () => {
              const react = Plotly.react; // as with a server far away
              Plotly.react = (...drawn) => new Promise(done => setTimeout(() => done(react(...drawn)), 300));
            }
            """);
        await window.Page.Locator(".curves-plot").FocusAsync();
        await window.Page.Keyboard.PressAsync("+");
        await Assertions.Expect(window.Page).ToHaveURLAsync(new Regex("from="));
        double width = await WidthAsync(window.Page);

        foreach (char key in "++++-+--++---")
        {
            await window.Page.Keyboard.PressAsync($"{key}", new() { Delay = 70 }); // one more in than out
        }

        await Eventually.Holds(() => Math.Abs((AddressWidth(window.Page) / width) - 0.5) < 1e-3);
        Assert.Equal(0.5, await WidthAsync(window.Page) / width, 1e-6);
        Assert.Empty(window.Problems);
    }

    /// <summary>Width of the range in the address, which is that of the server's last redraw.</summary>
    private static double AddressWidth(IPage page)
    {
        var query = PageQuery.Of(new Uri(page.Url).Query);
        return query.Number("to") - query.Number("from") ?? 0;
    }

    private static Task<double> WidthAsync(IPage page) => page.EvaluateAsync<double>(
        "() => { const [low, high] = document.querySelector('.loss-chart .js-plotly-plot, .js-plotly-plot')._fullLayout.xaxis.range; "
            + "return high - low; }");

    private static IEnumerable<RunEvent> Events(RunSpec spec) =>
    [
        RunScript.Started(spec),
        RunScript.Step(1, spec), RunScript.Step(2, spec), Evaluation(2, spec), RunScript.Step(3, spec), RunScript.Step(4, spec),
        Evaluation(4, spec), RunScript.Finished(4) with { Exported = KeepModel.Last },
    ];

    /// <summary>Half a point lies between the accuracies at first, none at the end.</summary>
    private static EvaluationCompleted Evaluation(int step, RunSpec spec) =>
        RunScript.Valid(step, step == 4 ? 1 : spec.Method == RunDefaults.Demo.Method ? 0.5 : 0.505) with { LabelLoss = step == 4 ? 0 : 2 };

    private static void AssertWhole(string tick) => Assert.True(int.TryParse(tick, out _), tick);

    private static async Task<string[]> TicksAsync(IPage page, string kind) =>
        [.. await page.Locator($".loss-chart .{kind} text").AllTextContentsAsync()];

    /// <summary>Each ring and star lies within the plot that clips it.</summary>
    private static async Task AssertMarksAreWholeAsync(IPage page)
    {
        string[] cut = await page.EvaluateAsync<string[]>("""
            () => {
              const chart = document.getElementById('loss-chart');
              return chart.data.flatMap((trace, i) => {
                if (trace.mode !== 'markers') return [];
                const { yaxis: up } = [chart._fullData[i]].map(full => ({ yaxis: chart._fullLayout['yaxis' + full.yaxis.slice(1)] }))[0];
                const y = up.d2p(trace.y[0]);
                return y < 8.4 || y > up._length - 8.4 ? [`${trace.y[0]} at ${y} of ${up._length}`] : [];
              });
            }
            """);
        Assert.Empty(cut);
    }
}
