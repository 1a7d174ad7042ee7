using DistillStudio.History;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace DistillStudio.Tests.Browser;

/// <summary>Every time on a page is its reader's, whatever zone the studio's machine is in.</summary>
[Trait("Needs", "browser")]
[Collection(nameof(MeasuredAlone))]
public sealed class LocalTimeTests(StudioSession session) : IClassFixture<StudioSession>
{
    /// <summary>A run that started at noon of a January day in UTC, and one in July: New York's clocks differ between them, Tokyo's and
    /// Kolkata's do not.</summary>
    [Theory]
    [InlineData("Asia/Tokyo", "2026-01-15 21:00:00 +09:00", "2026-07-15 21:00:00 +09:00")]
    [InlineData("America/New_York", "2026-01-15 07:00:00 -05:00", "2026-07-15 08:00:00 -04:00")]
    [InlineData("Asia/Kolkata", "2026-01-15 17:30:00 +05:30", "2026-07-15 17:30:00 +05:30")]
    [InlineData("UTC", "2026-01-15 12:00:00 +00:00", "2026-07-15 12:00:00 +00:00")]
    public async Task RunsTable_ReadersZone_HoldsForEachTimeAsItWasThen(string zone, string january, string july)
    {
        using var home = new SeededHome(new DateTimeOffset(2026, 1, 15, 11, 52, 59, TimeSpan.Zero));
        home.Add(SeededHome.Standard with { MaxSteps = 2, Name = "in January" });
        home.MoveTo(new DateTimeOffset(2026, 7, 15, 11, 52, 59, TimeSpan.Zero));
        home.Add(SeededHome.Standard with { MaxSteps = 2, Name = "in July" });
        await using RunningStudio studio = await RunningStudio.StartPacedAsync(home.Home);
        await using BrowserWindow window = await session.Browser.OpenAsync(studio.Address, timeZone: zone);
        await window.Page.Clock.SetFixedTimeAsync("2026-08-01T00:00:00Z");
        await window.GoAsync("/");

        foreach ((string name, string expected) in new[] { ("in January", january), ("in July", july) })
        {
            ILocator time = window.Page.Locator("tr", new() { HasText = name }).Locator(".col-started time");
            await Assertions.Expect(time).ToHaveAttributeAsync("title", expected);
            await Assertions.Expect(time).ToContainTextAsync(expected[11..16]);
        }

        Assert.Empty(window.Problems);
    }

    [Fact]
    public async Task EveryPage_InTokyo_ShowsNoTimeOfAnotherZone()
    {
        RunSummary run = session.Studio.Services.GetRequiredService<IRunHistory>().ListRuns().First(r => r.Group == "pair-0");
        await using BrowserWindow window = await session.Browser.OpenAsync(session.Address, timeZone: "Asia/Tokyo");
        foreach (string path in new[] { "/", $"/runs/{run.Id}", $"/compare?runs={run.Id}", $"/launch?like={run.Id}" })
        {
            await window.GoAsync(path);
            ILocator times = window.Page.Locator("time");
            if (path is "/" || path.StartsWith("/runs/", StringComparison.Ordinal))
            {
                await Assertions.Expect(times).Not.ToHaveCountAsync(0);
            }

            foreach (ILocator time in await times.AllAsync())
            {
                DateTimeOffset tokyo =
                    DateTimeOffset.Parse((await time.GetAttributeAsync("datetime"))!, System.Globalization.CultureInfo.InvariantCulture)
                        .ToOffset(TimeSpan.FromHours(9));
                Assert.Equal($"{tokyo:yyyy-MM-dd HH:mm:ss} +09:00", await time.GetAttributeAsync("title"));
                string text = (await time.TextContentAsync())!;
                Assert.True(
                    !text.Contains(':', StringComparison.Ordinal) || text.Contains($"{tokyo:HH:mm}", StringComparison.Ordinal), text);
            }
        }
    }

    [Theory]
    [InlineData("2026-05-04T03:07:08Z", null, "12:07")]
    [InlineData("2026-05-03T15:00:00Z", null, "00:00")] // today began in Tokyo
    [InlineData("2026-05-03T14:59:59Z", null, "3 May 23:59")]
    [InlineData("2025-12-31T14:59:59Z", null, "31 Dec 2025")]
    [InlineData("2025-12-31T15:00:00Z", null, "1 Jan 00:00")] // this year began in Tokyo
    [InlineData("2026-05-03T14:59:59Z", "clock", "23:59:59")]
    public async Task Moment_SeenFromTokyo_LeavesOutWhatIsOfToday(string moment, string? form, string expected)
    {
        await using BrowserWindow window = await session.Browser.OpenAsync(session.Address, timeZone: "Asia/Tokyo");
        await window.Page.Clock.SetFixedTimeAsync("2026-05-04T06:00:00Z");
        await window.GoAsync("/");
        string shown = await window.Page.EvaluateAsync<string>(
            """
            ([moment, form]) => {
              const element = document.createElement('local-time');
              element.setAttribute('datetime', moment);
              if (form) element.setAttribute('form', form);
              document.body.append(element);
              return element.textContent;
            }
            """,
            new[] { moment, form });
        Assert.Equal(expected, shown);
    }
}
