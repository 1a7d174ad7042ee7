using DistillStudio.History;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace DistillStudio.Tests.Browser;

/// <summary>Pages on paper.</summary>
[Trait("Needs", "browser")]
[Collection(nameof(MeasuredAlone))]
public sealed class PaperTests(StudioSession session) : IClassFixture<StudioSession>
{
    [Fact]
    public async Task Figure_Printed_TakesThePagesWidth_AndTheScreensAgain()
    {
        RunSummary run = session.Studio.Services.GetRequiredService<IRunHistory>().ListRuns().First(r => r.Group == "pair-0");
        await using BrowserWindow window = await session.Browser.OpenAsync(session.Address, 2560, 1300);
        await window.GoAsync($"/runs/{run.Id}");
        await window.Page.Locator(".loss-chart .scatterlayer .trace").First.WaitForAsync(new() { State = WaitForSelectorState.Attached });
        await Assertions.Expect(window.Page.Locator(".read-out")).ToContainTextAsync("Latest values"); // the page's scripts are there
        const string Width = "Number(document.querySelector('.loss-chart .main-svg').getAttribute('width'))";
        double onScreen = await window.Page.EvaluateAsync<double>(Width);
        await window.Page.EvaluateAsync($$"""
            () => {
              window.widths_ = [];
              new MutationObserver(() => window.widths_.push({{Width}})).observe(
                document.querySelector('.loss-chart .main-svg'), { attributes: true, attributeFilter: ['width'] });
            }
            """);

        await window.Page.PdfAsync(new() { Format = "A4" });

        Assert.True(onScreen > 700, $"{onScreen}");
        while (!await window.Page.EvaluateAsync<bool>("window.widths_.length >= 2"))
        {
            await window.Page.WaitForTimeoutAsync(50);
        }

        double[] widths = await window.Page.EvaluateAsync<double[]>("window.widths_");
        Assert.Equal(640, widths[0]);
        Assert.Equal(onScreen, widths[^1], 1.0);
        Assert.Empty(window.Problems);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("run")]
    [InlineData("compare")]
    public async Task Page_Printed_HasNoChrome_AndDarkInkOnWhite(string page)
    {
        RunSummary[] pair = [.. session.Studio.Services.GetRequiredService<IRunHistory>().ListRuns().Where(r => r.Group == "pair-0")];
        await using BrowserWindow window = await session.Browser.OpenAsync(session.Address, isDark: true);
        await window.GoAsync(page switch
        {
            "run" => $"/runs/{pair[0].Id}",
            "compare" => $"/compare?runs={pair[0].Id},{pair[1].Id}",
            _ => page,
        });
        if (page is not "/")
        {
            await window.Page.Locator(".loss-chart .scatterlayer .trace").First.WaitForAsync(new() { State = WaitForSelectorState.Attached });
        }

        await window.Page.EmulateMediaAsync(new() { Media = Media.Print });
        await window.Page.ScreenshotAsync(
            new()
            {
                Path = Path.Combine(AppContext.BaseDirectory, "TestResults", "pages", $"print-{page.Trim('/')}.png"),
                FullPage = true,
            });

        foreach (string chrome in new[] { ".studio-bar", ".studio-drawer", ".skip-link", ".chart-tools", ".filters", ".selection" })
        {
            Assert.Equal(0, await window.Page.Locator($"{chrome}:visible").CountAsync());
        }

        foreach (ILocator ground in await window.Page.Locator(".curves-plot .main-svg:first-child").AllAsync())
        {
            // black turned inside out: white
            Assert.Equal(
                ["rgb(0, 0, 0)", "invert(1) hue-rotate(180deg)"],
                await ground.EvaluateAsync<string[]>("svg => [getComputedStyle(svg).backgroundColor, getComputedStyle(svg).filter]"));
        }

        double left = await window.Page.EvaluateAsync<double>("document.querySelector('h1').getBoundingClientRect().left");
        Assert.InRange(left, 0, 40);
        double[] ink = await window.Page.EvaluateAsync<double[]>(
            "['h1', 'td, dd, .tile-value'].map(q => getComputedStyle(document.querySelector(q)).color.match(/[0-9.]+/g)"
            + ".slice(0, 3).reduce((sum, part) => sum + Number(part), 0))");
        Assert.All(ink, sum => Assert.InRange(sum, 0, 300));
        Assert.Equal("rgb(255, 255, 255)", await window.Page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor"));
    }
}
