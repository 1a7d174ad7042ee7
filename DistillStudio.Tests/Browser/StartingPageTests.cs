using Microsoft.Playwright;

namespace DistillStudio.Tests.Browser;

/// <summary>A page whose start fails, because the line broke after its first answer: it says so within seconds, and opens by itself
/// once it can.</summary>
[Trait("Needs", "browser")]
[Collection(nameof(MeasuredAlone))]
public sealed class StartingPageTests(StudioSession session) : IClassFixture<StudioSession>
{
    private const string Pulse = "**/healthz/live";

    /// <summary>Lets the first socket of a tab be accepted, and ends it at the first message.</summary>
    private const string FirstSocketCloses = """
        window.WebSocket = class extends WebSocket {
          constructor(...all) {
            super(...all);
            this.count = Number(sessionStorage.getItem('sockets')) + 1;
            sessionStorage.setItem('sockets', this.count);
          }

          send(data) {
            if (this.count === 1) {
              this.close();
            } else {
              super.send(data);
            }
          }
        };
        """;

    private static readonly LocatorAssertionsToBeVisibleOptions Patience = new() { Timeout = 60_000 };

    public static TheoryData<string> Parts() => ["**/_blazor/negotiate**", "**/_framework/blazor.web*.js", "**/js/boot*.js"];

    [Theory]
    [MemberData(nameof(Parts))]
    public async Task Page_PartOfWhichFails_SaysThatTheStudioCannotBeReached_AndOpensOnceItCan(string part)
    {
        await using BrowserWindow window = await session.Browser.OpenAsync(session.Address, width: 390);
        bool isCut = true;
        Task Carry(IRoute route) => isCut ? route.AbortAsync("connectionfailed") : route.ContinueAsync();
        await window.Page.RouteAsync(part, Carry);
        await window.Page.RouteAsync(Pulse, Carry);

        await window.Page.GotoAsync("/datasets");

        ILocator sentence = window.Page.GetByRole(AriaRole.Status).Filter(new() { HasText = "The studio cannot be reached." });
        await Assertions.Expect(sentence).ToBeVisibleAsync(Patience);
        await Assertions.Expect(window.Page.Locator("#blazor-error-ui")).ToBeHiddenAsync();
        await Assertions.Expect(window.Page.Locator("#components-reconnect-modal")).ToBeHiddenAsync();
        Assert.False(await window.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth > window.innerWidth"));

        isCut = false;
        await Assertions.Expect(window.Page.Locator("h1")).ToBeVisibleAsync(Patience);
        await Assertions.Expect(window.Page.Locator(".boot-late")).ToBeHiddenAsync();
        Assert.EndsWith("/datasets", window.Page.Url, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_WhoseConnectionStalls_SaysThatItIsSlow()
    {
        await using BrowserWindow window = await session.Browser.OpenAsync(session.Address);
        await window.Page.RouteAsync("**/_blazor/negotiate**", _ => Task.CompletedTask);

        await window.Page.GotoAsync("/datasets");

        await Assertions.Expect(window.Page.GetByText("The connection is slow: this page is still loading.")).ToBeVisibleAsync(Patience);
    }

    [Fact]
    public async Task Page_WithoutAnyScript_SaysThatTheConnectionIsSlowOrLost()
    {
        await using BrowserWindow window = await session.Browser.OpenAsync(session.Address);
        await window.Page.RouteAsync("**/*.js", route => route.AbortAsync("connectionfailed"));

        await window.Page.GotoAsync("/datasets");

        await Assertions.Expect(window.Page.GetByText("The connection to the studio is slow or lost.")).ToBeVisibleAsync(Patience);
    }

    [Fact]
    public async Task Page_WhoseSocketClosesBeforeItIsDrawn_OpensByItself()
    {
        await using BrowserWindow window = await session.Browser.OpenAsync(session.Address);
        await window.Page.AddInitScriptAsync(FirstSocketCloses);

        await window.Page.GotoAsync("/datasets");

        await Assertions.Expect(window.Page.Locator("h1")).ToBeVisibleAsync(Patience);
        Assert.True(await window.Page.EvaluateAsync<int>("() => Number(sessionStorage.getItem('sockets'))") > 1);
        await window.Page.WaitForFunctionAsync("() => sessionStorage.getItem('starts') === '0'");
    }

    [Fact]
    public async Task Page_ThatLacksAStyle_IsLoadedAgain()
    {
        await using BrowserWindow window = await session.Browser.OpenAsync(session.Address);
        int asked = 0;
        await window.Page.RouteAsync(
            "**/css/studio*.css",
            route => Interlocked.Increment(ref asked) == 1 ? route.AbortAsync("connectionfailed") : route.ContinueAsync());

        await window.Page.GotoAsync("/datasets");

        await Eventually.Holds(() => Volatile.Read(ref asked) == 2, TimeSpan.FromMinutes(1));
        await window.Page.WaitForFunctionAsync("() => sessionStorage.getItem('starts') === '0'");
        Assert.Equal(2, asked);
    }
}
