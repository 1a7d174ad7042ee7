using System.Text.RegularExpressions;
using System.Xml.Linq;
using DistillStudio.History;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace DistillStudio.Tests.Browser;

/// <summary>Curves as people read them: pointed at, zoomed, picked from the legend, reached by keys, saved for a paper.</summary>
[Trait("Needs", "browser")]
[Collection(nameof(MeasuredAlone))]
public sealed class ReadingCurvesTests(StudioSession session) : IClassFixture<StudioSession>
{
    private const string Hidden = "document.getElementById('loss-chart').data.filter(t => t.visible === false).length";

    private RunSummary[] Pair => [.. session.Studio.Services.GetRequiredService<IRunHistory>().ListRuns()
        .Where(run => run.Group == "pair-0").Reverse()];

    [Fact]
    public async Task Pointer_OverACurve_ReadsMetricAndRunsOnceWithStepEpochAndBothValues()
    {
        await using BrowserWindow window = await OpenAsync();
        ILocator panels = window.Page.Locator(".read-panel");
        await Assertions.Expect(window.Page.Locator(".read-place")).ToContainTextAsync("Latest values");
        await PointAsync(window.Page, panel: 2, share: 0.5);

        await Assertions.Expect(window.Page.Locator(".read-place")).ToHaveTextAsync(new Regex(@"^step 3\d\d · epoch \d+\.\d\d$"));
        await Assertions.Expect(panels.First.Locator("caption")).ToHaveTextAsync("Label loss per token");
        await Assertions.Expect(panels.First.Locator("thead th")).ToHaveTextAsync(["smoothed", "raw", "validation"]);
        await Assertions.Expect(panels.First.Locator("tbody th")).ToHaveCountAsync(2);
        IReadOnlyList<string> captions = await panels.Locator("caption").AllTextContentsAsync();
        Assert.Equal(captions.Count, captions.Distinct().Count());
        Assert.Equal(0, await window.Page.Locator(".hoverlayer .hovertext, .plotly-notifier:visible").CountAsync());

        // The crosshair crosses all panels, and the read-out covers none.
        LocatorBoundingBoxResult line = (await window.Page.Locator(".crosshair").BoundingBoxAsync())!;
        LocatorBoundingBoxResult plot = (await window.Page.Locator(".curves-plot").BoundingBoxAsync())!;
        LocatorBoundingBoxResult read = (await window.Page.Locator(".read-out").BoundingBoxAsync())!;
        Assert.InRange(line.Height, plot.Height - 80, plot.Height);
        Assert.True(read.X >= plot.X + plot.Width, "the read-out covers the curves");
        Assert.Empty(window.Problems);
    }

    [Fact]
    public async Task Pointer_MovedToTheOtherCurve_ReadsThatFirst()
    {
        await using BrowserWindow window = await OpenAsync();
        ILocator nearest = window.Page.Locator(".read-panel").First.Locator("tbody tr").First;
        await PointAsync(window.Page, panel: 0, share: 0.95, high: 0.02); // accuracy: step-by-step is above
        await Assertions.Expect(nearest).ToContainTextAsync("Step-by-step");
        await PointAsync(window.Page, panel: 0, share: 0.95, high: 0.98);
        await Assertions.Expect(nearest).ToContainTextAsync("Standard");
    }

    [Fact]
    public async Task Legend_ClickedOrPointedAt_HidesAloneAndHighlights()
    {
        await using BrowserWindow window = await OpenAsync();
        ILocator names = window.Page.Locator(".legend-name");
        await names.First.HoverAsync();
        await Assertions.Expect(window.Page.Locator(".scatterlayer > .is-faded")).Not.ToHaveCountAsync(0);
        await names.First.ClickAsync();
        await Assertions.Expect(names.First).ToHaveAttributeAsync("aria-pressed", "false");
        await window.Page.WaitForFunctionAsync($"() => {Hidden} > 0");
        await Assertions.Expect(window.Page).ToHaveURLAsync(new Regex($"hide={Pair[0].Id}"));
        await Assertions.Expect(window.Page.Locator(".read-panel").First.Locator("tbody tr")).ToHaveCountAsync(1);

        await names.First.DblClickAsync();
        await Assertions.Expect(window.Page).ToHaveURLAsync(new Regex($"hide={Pair[1].Id}"));
        await names.Nth(1).FocusAsync();
        await window.Page.Keyboard.PressAsync("Shift+Enter");
        await Assertions.Expect(window.Page).ToHaveURLAsync(new Regex($"hide={Pair[0].Id}"));
        await window.Page.Keyboard.PressAsync("Shift+Enter");
        await Assertions.Expect(window.Page).Not.ToHaveURLAsync(new Regex("hide="));
        await window.Page.WaitForFunctionAsync($"() => {Hidden} === 0");
        await window.Page.Mouse.MoveAsync(0, 0);
        await window.Page.Locator("h1").FocusAsync();
        await Assertions.Expect(window.Page.Locator(".scatterlayer > .is-faded")).ToHaveCountAsync(0);
        Assert.Empty(window.Problems);
    }

    [Fact]
    public async Task Frame_DrawnOverAPanel_ZoomsBothAxesAndBackUndoesIt()
    {
        await using BrowserWindow window = await OpenAsync();
        await DragAsync(window.Page, panel: 2);
        await Assertions.Expect(window.Page).ToHaveURLAsync(new Regex(@"from=\d+.*y=label_loss"));
        await window.Page.WaitForFunctionAsync("() => document.getElementById('loss-chart').layout.xaxis.range?.[0] > 100");
        await Assertions.Expect(window.Page.Locator(".plotly-notifier:visible")).ToHaveCountAsync(0);
        string zoomed = window.Page.Url;
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Whole run" }).ClickAsync();
        await Assertions.Expect(window.Page).Not.ToHaveURLAsync(new Regex("from="));

        await window.Page.GoBackAsync();
        await Assertions.Expect(window.Page).ToHaveURLAsync(zoomed);
        await window.Page.WaitForFunctionAsync("() => document.getElementById('loss-chart').layout.xaxis.range?.[0] > 100");
        await window.Page.GoBackAsync();
        await Assertions.Expect(window.Page).Not.ToHaveURLAsync(new Regex("from="));
        await window.Page.WaitForFunctionAsync("() => document.getElementById('loss-chart').layout.xaxis.autorange === true "
            + "|| document.getElementById('loss-chart').layout.xaxis.range[0] < 50");

        await window.Page.GotoAsync(zoomed);
        await window.Page.WaitForFunctionAsync("() => document.getElementById('loss-chart')?.layout?.xaxis?.range?.[0] > 100");
        Assert.Empty(window.Problems);
    }

    [Fact]
    public async Task Keys_InTheChart_ReadZoomAndShowTheWhole()
    {
        await using BrowserWindow window = await OpenAsync();
        ILocator plot = window.Page.Locator(".curves-plot"), aloud = window.Page.Locator(".read-aloud");
        await plot.FocusAsync();
        await window.Page.Keyboard.PressAsync("Home");
        await window.Page.Keyboard.PressAsync("ArrowDown");
        await window.Page.Keyboard.PressAsync("ArrowDown");
        await window.Page.Keyboard.PressAsync("ArrowRight");
        await Assertions.Expect(aloud).ToHaveTextAsync(new Regex(@"^Label loss, step \d+ · epoch .*: .*smoothed \d.*, raw \d"));
        await window.Page.Keyboard.PressAsync("+");
        await Assertions.Expect(window.Page).ToHaveURLAsync(new Regex("from="));
        await window.Page.Keyboard.PressAsync("Shift+ArrowRight");
        await Assertions.Expect(window.Page).ToHaveURLAsync(new Regex("from=[1-9]"));
        await window.Page.Keyboard.PressAsync("0");
        await Assertions.Expect(window.Page).Not.ToHaveURLAsync(new Regex("from="));
        Assert.Empty(window.Problems);
    }

    [Fact]
    public async Task Figure_Saved_HasLegendNamesAxesAndCaptionAtAPapersSize()
    {
        await using BrowserWindow window = await OpenAsync(isDark: true);
        XElement svg = XDocument.Parse(await File.ReadAllTextAsync(await SaveAsync(window.Page, "Figure as SVG"), Cancel)).Root!;
        Assert.Equal("180mm", svg.Attribute("width")!.Value);
        string text = svg.Value;
        Assert.All(await window.Page.Locator(".legend-name").AllTextContentsAsync(), name => Assert.Contains(name.Trim(), text, Ordinal));
        Assert.Contains("Label loss", text, Ordinal);
        Assert.Contains("debiased exponential average", text, Ordinal);
        Assert.DoesNotContain("#161b23", svg.ToString(), Ordinal); // dark, as on the screen

        byte[] png = await File.ReadAllBytesAsync(await SaveAsync(window.Page, "Figure as PNG"), Cancel);
        Assert.Equal(2126, (png[18] << 8) | png[19]); // 180 mm at 300 dots per inch
        Assert.Equal("pHYs"u8.ToArray(), png[37..41]);
        Assert.Empty(window.Problems);
    }

    [Fact]
    public async Task Finger_OnANarrowScreen_ReadsThePanelWithoutCoveringIt()
    {
        await using BrowserWindow window = await OpenAsync(width: 390);
        ILocator read = window.Page.Locator(".read-out");
        await Assertions.Expect(read).ToBeHiddenAsync();
        foreach (int panel in new[] { 0, 2, 4 })
        {
            LocatorBoundingBoxResult at = await PointAsync(window.Page, panel, 0.6);
            await Assertions.Expect(read).ToBeVisibleAsync();
            LocatorBoundingBoxResult box = (await read.BoundingBoxAsync())!;
            Assert.True(box.Y >= at.Y + at.Height - 1 || box.Y + box.Height <= at.Y + 1, $"the read-out covers panel {panel}");
        }
    }

    private static StringComparison Ordinal => StringComparison.Ordinal;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private async Task<BrowserWindow> OpenAsync(int width = 1280, bool isDark = false)
    {
        BrowserWindow window = await session.Browser.OpenAsync(session.Address, width, 900, isDark);
        await window.GoAsync($"/compare?runs={string.Join(',', Pair.Select(run => run.Id))}");
        await window.Page.Locator(".loss-chart .main-svg").First.WaitForAsync();
        await window.Page.Locator(".read-place").WaitForAsync(new() { State = WaitForSelectorState.Attached });
        return window;
    }

    private static async Task<string> SaveAsync(IPage page, string item)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = "Download" }).ClickAsync();
        IDownload download = await page.RunAndWaitForDownloadAsync(() => page.GetByText(item).ClickAsync());
        return await download.PathAsync();
    }

    /// <summary>Points into a panel, at shares of its width and height, and returns its place on the screen.</summary>
    private static async Task<LocatorBoundingBoxResult> PointAsync(IPage page, int panel, double share, double high = 0.5)
    {
        LocatorBoundingBoxResult box = await PanelAsync(page, panel);
        await page.Mouse.MoveAsync(box.X + (float)(share * box.Width), box.Y + (float)(high * box.Height));
        return box;
    }

    private static async Task DragAsync(IPage page, int panel)
    {
        LocatorBoundingBoxResult box = await PanelAsync(page, panel);
        await page.Mouse.MoveAsync(box.X + (0.4f * box.Width), box.Y + (0.3f * box.Height));
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(box.X + (0.6f * box.Width), box.Y + (0.6f * box.Height), new() { Steps = 4 });
        await page.Mouse.MoveAsync(box.X + (0.7f * box.Width), box.Y + (0.8f * box.Height), new() { Steps = 4 });
        await page.Mouse.UpAsync();
    }

    private static async Task<LocatorBoundingBoxResult> PanelAsync(IPage page, int panel)
    {
        string axis = panel == 0 ? "" : $"{panel + 1}";
        ILocator area = page.Locator($".curves-plot .nsewdrag[data-subplot='x{axis}y{axis}']");
        await page.Mouse.MoveAsync(0, 0); // away from the chart, so that no read-out is in the way
        await area.EvaluateAsync("area => area.scrollIntoView({ block: 'center' })");
        return (await area.BoundingBoxAsync())!;
    }
}
