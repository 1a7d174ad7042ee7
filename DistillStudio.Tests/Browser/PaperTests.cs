using DistillStudio.History;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace DistillStudio.Tests.Browser;

/// <summary>Pages on paper.</summary>
[Trait("Needs", "browser")]
[Collection(nameof(MeasuredAlone))]
public sealed class PaperTests(StudioSession session) : IClassFixture<StudioSession>
{
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

        double left = await window.Page.EvaluateAsync<double>("document.querySelector('h1').getBoundingClientRect().left");
        Assert.InRange(left, 0, 40);
        double[] ink = await window.Page.EvaluateAsync<double[]>(
            "['h1', 'td, dd, .tile-value'].map(q => getComputedStyle(document.querySelector(q)).color.match(/[0-9.]+/g)"
            + ".slice(0, 3).reduce((sum, part) => sum + Number(part), 0))");
        Assert.All(ink, sum => Assert.InRange(sum, 0, 300));
        Assert.Equal("rgb(255, 255, 255)", await window.Page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor"));
    }
}
