using DistillStudio.Engine.Runtime.Files;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace DistillStudio.Tests.Browser;

/// <summary>Pages use the width they have: nothing stands at one side of a wide screen, and rows of a table stay low.</summary>
[Trait("Needs", "browser")]
[Collection(nameof(MeasuredAlone))]
public sealed class LayoutTests(StudioSession session) : IClassFixture<StudioSession>
{
    [Theory]
    [InlineData("/", ".page", 60)]
    [InlineData("/launch", ".launch-grid", 60)]
    [InlineData("/launch/study", ".launch-grid", 60)]
    [InlineData("/compare", ".page", 60)]
    [InlineData("/datasets/import", ".import-grid", 60)]
    [InlineData("/teachers/new", ".teacher-grid", 60)]
    [InlineData("/help/studio", ".help", 400)]
    public async Task Page_OnAWideScreen_StandsInTheMiddleUnderItsTitle(string path, string content, double inset)
    {
        await using BrowserWindow window = await session.Browser.OpenAsync(session.Address, 2560, 1300);
        await window.GoAsync(path);
        await window.Page.Locator(content).First.WaitForAsync();

        double[] at = await window.Page.EvaluateAsync<double[]>(
            """
            content => {
              const main = document.querySelector('.page').parentElement.getBoundingClientRect();
              const drawer = document.querySelector('.studio-drawer').getBoundingClientRect();
              const page = document.querySelector('.page').getBoundingClientRect();
              const left = Math.max(main.left, drawer.right);
              const inner = document.querySelector(content).getBoundingClientRect();
              const title = document.querySelector('.page h1').getBoundingClientRect();
              return [page.left - left, main.right - page.right, title.left - inner.left, page.right - inner.right];
            }
            """,
            content);

        Assert.InRange(at[0] - at[1], -20, 20); // as far from the menu as from the edge, but for a scroll bar
        Assert.InRange(at[2], -1, inset); // the title above what it names, or in it
        Assert.InRange(at[3], -1, 60); // which fills the page
    }

    [Theory]
    [InlineData(1024)]
    [InlineData(1440)]
    [InlineData(2560)]
    public async Task Runs_LongNamesAmongThem_HaveOneLineEachAndShortOnesWhole(int width)
    {
        const string Long = "A very long name of a run that someone gave it because the sweep over alpha needed telling apart from others";
        using var home = new SeededHome();
        home.AddPair(0, null);
        home.Add(SeededHome.StepByStep with { Name = "Step-by-step, 100 % of the data, seed 2" }); // whose end tells it from others
        home.Add(SeededHome.StepByStep with { Name = Long });
        await using RunningStudio studio = await RunningStudio.StartPacedAsync(home.Home);
        await using BrowserWindow window = await session.Browser.OpenAsync(studio.Address, width);
        await window.GoAsync("/");
        ILocator names = window.Page.Locator("td.col-name .name a");
        await Assertions.Expect(names).ToHaveCountAsync(4);

        double[] rows = await window.Page.Locator("table.runs tbody tr").EvaluateAllAsync<double[]>(
            "rows => rows.map(row => row.getBoundingClientRect().height)");
        bool[] cut = await names.EvaluateAllAsync<bool[]>("names => names.map(name => name.scrollWidth > name.clientWidth)");

        Assert.All(rows, height => Assert.InRange(height, 30, 48));
        Assert.Equal([true, false, false, false], cut);
        Assert.Contains(Long, await names.First.GetAttributeAsync("title"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Teachers_State_StandsOnTheLineOfItsRow()
    {
        await SeededTeacher.PutAsync(session.Studio.Services.GetRequiredService<StudioHome>());
        await using BrowserWindow window = await session.Browser.OpenAsync(session.Address, 1440);
        await window.GoAsync("/teachers");
        await window.Page.Locator("td .state").First.WaitForAsync();

        double[] bottoms = await window.Page.EvaluateAsync<double[]>(
            """
            () => ['td:nth-child(2)', 'td .state'].map(selector => {
              const range = document.createRange();
              range.selectNode([...document.querySelector(selector).childNodes].findLast(n => n.nodeType === 3 && n.textContent.trim()));
              return range.getBoundingClientRect().bottom;
            })
            """);

        Assert.InRange(bottoms[1] - bottoms[0], -1.5, 1.5);
    }

    [Theory]
    [InlineData(1280)]
    [InlineData(1440)]
    [InlineData(1920)]
    public async Task Compare_FiguresOfAPair_AreShownWithoutScrolling(int width)
    {
        using var home = new SeededHome();
        IReadOnlyList<string> pair = home.AddPair(0, null);
        await using RunningStudio studio = await RunningStudio.StartPacedAsync(home.Home);
        await using BrowserWindow window = await session.Browser.OpenAsync(studio.Address, width);
        await window.GoAsync($"/compare?runs={string.Join(',', pair)}");
        ILocator figures = window.Page.Locator("[aria-labelledby=finals-title].scroll-x");
        await figures.WaitForAsync();

        Assert.InRange(await figures.EvaluateAsync<double>("box => box.scrollWidth - box.clientWidth"), 0, 1);
    }

    [Fact]
    public async Task Runs_OnAPhone_HaveTheirButtonsInOneRow()
    {
        await using BrowserWindow window = await session.Browser.OpenAsync(session.Address, 390, 844);
        await window.GoAsync("/");
        double[] heads = await TopsAsync(window, ".page-head :is(h1, .mud-button-root)");
        double[] tools = await TopsAsync(window, ".tools button");

        Assert.InRange(heads.Max() - heads.Min(), 0, 20);
        Assert.Equal(4, tools.Length);
        Assert.InRange(tools.Max() - tools.Min(), 0, 4);
    }

    private static Task<double[]> TopsAsync(BrowserWindow window, string selector) =>
        window.Page.Locator(selector).EvaluateAllAsync<double[]>(
            "all => all.map(each => { const box = each.getBoundingClientRect(); return box.top + box.height / 2; })");
}
