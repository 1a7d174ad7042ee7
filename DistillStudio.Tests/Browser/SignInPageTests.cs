using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace DistillStudio.Tests.Browser;

/// <summary>The door as a person and as a foreign page meet it.</summary>
[Trait("Needs", "browser")]
[Collection(nameof(MeasuredAlone))]
public sealed class SignInPageTests(SignInPageTests.GuardedSession session) : IClassFixture<SignInPageTests.GuardedSession>
{
    private const string Token = "the-right-token-0123456789";

    [Theory]
    [InlineData(390, false)]
    [InlineData(1280, true)]
    public async Task LoginPage_WrongThenRightToken_OpensTheAddressAskedForAndSignsOutAgain(int width, bool isDark)
    {
        await using BrowserWindow window = await session.Browser.OpenAsync(session.Address, width, 844, isDark);
        IPage page = window.Page;
        await window.GoAsync("/launch");
        await page.ScreenshotAsync(
            new()
            {
                Path = Path.Combine(AppContext.BaseDirectory, "TestResults", "pages", $"login-{width}-{(isDark ? "dark" : "light")}.png"),
            });
        AxeResult result = await page.RunAxe();
        Assert.DoesNotContain(result.Violations, v => v.Impact is "serious" or "critical");
        Assert.Equal([], window.Problems);

        await page.GetByLabel("Token").FillAsync("not it");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await page.GetByRole(AriaRole.Alert).WaitForAsync();
        await page.GetByLabel("Token").FillAsync(Token);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "Launch", Level = 1 }).WaitForAsync();
        Assert.Equal("/launch", new Uri(page.Url).AbsolutePath);
        Assert.DoesNotContain("token", page.Url, StringComparison.Ordinal);

        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" }).WaitForAsync();
        await window.GoAsync("/");
        Assert.Equal($"{session.Address}/login", page.Url);
        // the browser's own remark on the wrong token
        Assert.All(window.Problems, problem => Assert.Contains("401", problem, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Link_FromAnotherSite_SignsInAndLosesTheTokenAndALaterLinkStillFindsThePersonSignedIn()
    {
        await using BrowserWindow window = await session.Browser.OpenAsync(session.Address);
        IPage page = window.Page;
        await page.RouteAsync(
            "http://mail.example/**", route => route.FulfillAsync(new() { ContentType = "text/html", Body = "<h1>Mail</h1>" }));
        foreach (string path in new[] { $"/login?token={Token}&next=%2Flaunch", "/launch" })
        {
            await page.GotoAsync("http://mail.example/");
            await page.EvaluateAsync($"() => {{ location.href = '{session.Address}{path}'; }}");
            await page.GetByRole(AriaRole.Heading, new() { Name = "Launch", Level = 1 }).WaitForAsync();
            Assert.Equal("/launch", new Uri(page.Url).AbsolutePath);
            Assert.DoesNotContain("token", page.Url, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task ForeignPage_WithAPersonSignedIn_OpensNoSocketAndPostsAndReadsNothing()
    {
        await using BrowserWindow window = await session.Browser.OpenAsync(session.Address);
        IPage page = window.Page;
        await page.GotoAsync($"/login?token={Token}");
        await page.RouteAsync(
            "http://evil.example/**", route => route.FulfillAsync(new() { ContentType = "text/html", Body = "<h1>Evil</h1>" }));
        await page.GotoAsync("http://evil.example/");

        string[] outcome = await page.EvaluateAsync<string[]>(
            """
            async studio => {
              const socket = path => new Promise(done => {
                const s = new WebSocket(studio.replace('http', 'ws') + path);
                s.onopen = () => done('open');
                s.onerror = () => done('refused');
              });
              const ask = (path, method) => fetch(studio + path, { method, credentials: 'include' }).then(() => 'read', () => 'refused');
              const blind = await fetch(studio + '/logout', { method: 'POST', mode: 'no-cors', credentials: 'include' }).then(() => 'sent', () => 'refused');
              const framed = await new Promise(done => {
                const frame = document.createElement('iframe');
                frame.src = studio + '/';
                frame.onload = () => { try { done(frame.contentDocument ? 'blank' : 'shut'); } catch { done('shut'); } };
                document.body.append(frame);
              });
              return [await socket('/_blazor'), await socket('/hubs/runs'), await ask('/', 'GET'), await ask('/_blazor/negotiate', 'POST'), framed];
            }
            """,
            session.Address);
        await page.GotoAsync(session.Address + "/launch");
        await page.GetByRole(AriaRole.Heading, new() { Name = "Launch", Level = 1 }).WaitForAsync(); // the blind post signed no one out

        Assert.Equal(["refused", "refused", "refused", "refused", "shut"], outcome);
    }

    public sealed class GuardedSession : IAsyncLifetime
    {
        private readonly SeededHome _home = SeededHome.WithEverything();
        private RunningStudio? _studio;

        public Chromium Browser { get; } = new();

        public string Address => _studio!.Address;

        public async ValueTask InitializeAsync()
        {
            await Browser.InitializeAsync();
            _studio = await RunningStudio.StartPacedAsync(_home.Home, token: Token);
        }

        public async ValueTask DisposeAsync()
        {
            await Browser.DisposeAsync();
            if (_studio is not null)
            {
                await _studio.DisposeAsync();
            }

            _home.Dispose();
        }
    }
}
