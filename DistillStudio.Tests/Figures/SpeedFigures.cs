using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace DistillStudio.Tests.Figures;

/// <summary>
/// How long a person waits for the first page and for the demo, printed for the README:
/// <c>dotnet test --project DistillStudio.Tests --explicit only --filter-class '*SpeedFigures' --output Detailed</c>
/// </summary>
[Trait("Needs", "browser")]
[Collection(nameof(MeasuredAlone))]
public sealed partial class SpeedFigures(Chromium browser, ITestOutputHelper output) : IClassFixture<Chromium>, IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact(Explicit = true)]
    public async Task Serve_OnABuildThatIsWarm_ShowsItsFirstPage()
    {
        using var client = new HttpClient();
        var seconds = new List<double>();
        for (int i = 0; i < 5; i++)
        {
            long start = Stopwatch.GetTimestamp();
            using ProgramRun server = ProgramRun.Start("serve", "--home", _folder.Path, "--port", "0");
            string address = Address().Match(await server.LineAsync("http://")).Value;
            Assert.Contains("<html", await client.GetStringAsync(address, Cancel), StringComparison.Ordinal);
            seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        output.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"From the command to the first page: {seconds.Order().ElementAt(2):0.00} s "
                + $"(median of 5, {seconds.Min():0.00} to {seconds.Max():0.00})."));
        Assert.InRange(seconds.Order().ElementAt(2), 0, 3);
    }

    [Fact(Explicit = true)]
    public async Task DemoPair_FromTheClickToTheVerdict_TakesAMinuteOrSo()
    {
        using ProgramRun server = ProgramRun.Start("serve", "--home", _folder.Path, "--port", "0");
        string address = Address().Match(await server.LineAsync("http://")).Value;
        await using BrowserWindow window = await browser.OpenAsync(address);
        await window.GoAsync("/");
        long start = Stopwatch.GetTimestamp();
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Run the demo comparison" }).ClickAsync();
        await Assertions.Expect(window.Page.Locator(".state-finished")).ToHaveCountAsync(2, new() { Timeout = 300_000 });
        ILocator verdict = window.Page.GetByRole(AriaRole.Region, new() { Name = "Verdict" });
        await Assertions.Expect(verdict).ToContainTextAsync("test row", new() { Timeout = 30_000 });
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        string said = await verdict.InnerTextAsync();
        output.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"The demo pair, from the click to the verdict: {seconds:0} s. {said}"));
        Assert.InRange(seconds, 0, 180);
    }

    [GeneratedRegex(@"http://[^\s]+")]
    private static partial Regex Address();
}
