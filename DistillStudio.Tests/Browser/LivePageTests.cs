using System.Text.RegularExpressions;
using DistillStudio.Engine.Settings;
using DistillStudio.Jobs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace DistillStudio.Tests.Browser;

/// <summary>What a person sees who waits, looks elsewhere, or has a slow line.</summary>
[Trait("Needs", "browser")]
[Collection(nameof(MeasuredAlone))]
public sealed class LivePageTests(Chromium browser) : IClassFixture<Chromium>, IAsyncDisposable
{
    /// <summary>Records what would be shown: a browser without a screen has nowhere to show it.</summary>
    private const string RecordedNotifications = """
        window.asked = 0;
        window.shown = [];
        window.Notification = class {
          static permission = 'default';
          static async requestPermission() { window.asked++; return this.permission = 'ANSWER'; }
          constructor(title, options) { window.shown.push(`${title}|${options.body}`); }
        };
        """;

    /// <summary>Contrast of the reconnect notice's text against its background, as WCAG defines it.</summary>
    private const string NoticeContrast = """
        () => {
          const notice = document.getElementById('components-reconnect-modal');
          notice.classList.add('components-reconnect-show');
          const style = getComputedStyle(notice);
          const light = color => color.match(/[\d.]+/g).slice(0, 3).map(Number).map(v => v / 255)
            .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
            .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
          const [a, b] = [light(style.color), light(style.backgroundColor)].sort((x, y) => y - x);
          return (a + 0.05) / (b + 0.05);
        }
        """;

    private readonly TempFolder _folder = new();

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Runs_OnASlowLine_ShowTableOrSkeletonWithinThreeSeconds()
    {
        await using RunningStudio studio = await RunningStudio.StartAsync(_folder.Home);
        double best = double.MaxValue;
        for (int attempt = 0; attempt < 3 && best > 3000; attempt++) // other programs may take the processor
        {
            await using BrowserWindow window = await browser.OpenAsync(studio.Address);
            ICDPSession network = await window.Page.Context.NewCDPSessionAsync(window.Page);
            await network.SendAsync("Network.enable");
            await network.SendAsync("Network.emulateNetworkConditions", new Dictionary<string, object>
            {
                ["offline"] = false,
                ["latency"] = 400,
                ["downloadThroughput"] = 50_000,
                ["uploadThroughput"] = 50_000,
            });
            await window.Page.GotoAsync("/", new() { WaitUntil = WaitUntilState.Commit });
            await window.Page.Locator(".boot-row, h1").First.WaitForAsync();
            await window.Page.WaitForFunctionAsync("() => performance.getEntriesByName('first-contentful-paint').length > 0");
            best = Math.Min(
                best, await window.Page.EvaluateAsync<double>("() => performance.getEntriesByName('first-contentful-paint')[0].startTime"));
        }

        Assert.InRange(best, 0, 3000);
    }

    [Fact]
    public async Task RunPage_TabTellsHowFarAndHowItEnded_AndTheLogTellsEvaluations()
    {
        await using RunningStudio studio = await RunningStudio.StartPacedAsync(_folder.Home, TimeSpan.FromMilliseconds(20));
        string id = studio.Services.GetRequiredService<IRunManager>().Launch(RunDefaults.Demo with { MaxSteps = 300, EvalSteps = 100 });
        await using BrowserWindow window = await browser.OpenAsync(studio.Address);
        await window.GoAsync($"/runs/{id}");
        ILocator icon = window.Page.Locator("link[rel=icon]");

        await Assertions.Expect(icon).ToHaveAttributeAsync("data-state", "running");
        await Assertions.Expect(window.Page).ToHaveTitleAsync(
            new Regex("^[0-9]+ %, .+ left · demo .* · DistillStudio$"), new() { Timeout = 20_000 });
        await Assertions.Expect(icon).ToHaveAttributeAsync("data-state", "finished", new() { Timeout = 60_000 });
        await Assertions.Expect(window.Page).ToHaveTitleAsync(new Regex("^Finished · demo "));
        await Assertions.Expect(window.Page.Locator(".log")).ToContainTextAsync("Step 100: validation, accuracy ");

        await window.Page.GetByRole(AriaRole.Link, new() { Name = "Runs", Exact = true }).ClickAsync();
        await Assertions.Expect(icon).ToHaveAttributeAsync("data-state", "");
        Assert.Empty(window.Problems);
    }

    [Theory]
    [InlineData("granted", "This browser notifies you when a run ends", true)]
    [InlineData("denied", "The browser blocks notifications", false)]
    public async Task Notifications_AreAskedForByAClickOnly_AndShownWhereAllowed(string answer, string said, bool isShown)
    {
        await using RunningStudio studio = await RunningStudio.StartPacedAsync(_folder.Home, TimeSpan.FromMilliseconds(1));
        await using BrowserWindow window = await browser.OpenAsync(studio.Address);
        await window.Page.AddInitScriptAsync(RecordedNotifications.Replace("ANSWER", answer, StringComparison.Ordinal));
        await window.GoAsync("/datasets");
        ILocator button = window.Page.Locator("[data-notices]");
        await Assertions.Expect(button).ToHaveAttributeAsync("aria-pressed", "false");
        Assert.Equal(0, await window.Page.EvaluateAsync<int>("() => window.asked"));

        await button.ClickAsync();
        await Assertions.Expect(window.Page.Locator(".mud-snackbar")).ToContainTextAsync(said);
        Assert.Equal(1, await window.Page.EvaluateAsync<int>("() => window.asked"));
        string id = studio.Services.GetRequiredService<IRunManager>().Launch(
            RunDefaults.DemoStandard with { MaxSteps = 20, EvalSteps = 10 });
        await Eventually.Holds(
            () => studio.Services.GetRequiredService<DistillStudio.History.IRunHistory>().Find(id)?.Result is not null,
            TimeSpan.FromMinutes(1));

        if (isShown)
        {
            await window.Page.WaitForFunctionAsync("() => window.shown.length === 1");
            Assert.Matches("^demo standard .* finished", await window.Page.EvaluateAsync<string>("() => window.shown[0]"));
            await button.ClickAsync();
            await Assertions.Expect(button).ToHaveAttributeAsync("aria-pressed", "false");
        }
        else
        {
            Assert.Equal(0, await window.Page.EvaluateAsync<int>("() => window.shown.length"));
        }

        Assert.Empty(window.Problems);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ReconnectNotice_EitherTheme_IsLegible(bool isDark)
    {
        await using RunningStudio studio = await RunningStudio.StartAsync(_folder.Home);
        await using BrowserWindow window = await browser.OpenAsync(studio.Address, width: 390, isDark: isDark);
        await window.GoAsync("/");
        Assert.InRange(await window.Page.EvaluateAsync<double>(NoticeContrast), 7, 21);
        LocatorBoundingBoxResult box = (await window.Page.Locator("#components-reconnect-modal").BoundingBoxAsync())!;
        Assert.True(box.X >= 0 && box.X + box.Width <= 390);
    }
}
