using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace DistillStudio.Tests.Browser;

/// <summary>The studio under a path of another server's address, as a person sees it behind a proxy.</summary>
[Trait("Needs", "browser")]
[Collection(nameof(MeasuredAlone))]
public sealed class ProxiedStudioTests(Chromium browser) : IClassFixture<Chromium>
{
    private const string Token = "the-right-token-0123456789";

    [Theory]
    [InlineData(ProxyKind.Keeps, "/studio")]
    [InlineData(ProxyKind.Strips, "/user/ada/proxy/5080")]
    [InlineData(ProxyKind.StripsAndNames, null)]
    public async Task Pages_BehindAProxy_SignInWorkDownloadAndSignOutUnderItsPath(ProxyKind kind, string? pathBase)
    {
        using SeededHome home = SeededHome.WithEverything();
        await using RunningStudio studio = await RunningStudio.StartAsync(
            RunningStudio.Options(home.Home) with
            {
                Token = Token,
                PathBase = pathBase,
                TrustedProxies = kind == ProxyKind.StripsAndNames ? ["127.0.0.1"] : [],
            });
        await using ReverseProxy proxy = await ReverseProxy.StartAsync(studio.Address, pathBase ?? "/lab/studio", kind);
        await using BrowserWindow window = await browser.OpenAsync(proxy.Address);
        IPage page = window.Page;
        List<string> outside = [];
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(proxy.Address + "/", StringComparison.Ordinal)
                && !request.Url.StartsWith("data:", StringComparison.Ordinal)
                && !request.Url.StartsWith("blob:", StringComparison.Ordinal))
            {
                outside.Add(request.Url);
            }
        };

        // Each page by its own address and by a click, a socket behind each.
        await window.GoAsync($"{proxy.Address}/launch");
        await page.GetByLabel("Token").FillAsync(Token);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "Launch", Level = 1 }).WaitForAsync();
        Assert.StartsWith($"{proxy.Address}/launch", page.Url, StringComparison.Ordinal);

        await page.GetByRole(AriaRole.Link, new() { Name = "Runs", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "Runs", Level = 1 }).WaitForAsync();
        Assert.Equal($"{proxy.Address}/", page.Url);
        await page.GetByRole(AriaRole.Link, new() { Name = "Too high a rate" }).First.ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(new Regex($"^{Regex.Escape(proxy.Address)}/runs/"));
        await page.Locator(".loss-chart .main-svg").First.WaitForAsync();
        await page.ReloadAsync();
        await page.Locator(".loss-chart .main-svg").First.WaitForAsync();
        IAPIResponse metrics = await page.APIRequest.GetAsync($"{page.Url}/metrics.csv");
        Assert.StartsWith("step,", await metrics.TextAsync(), StringComparison.Ordinal);
        await window.GoAsync($"{proxy.Address}/compare");
        await page.ScreenshotAsync(new() { Path = Path.Combine(AppContext.BaseDirectory, "TestResults", "pages", $"proxied-{kind}.png") });
        Assert.Equal([], window.Problems);

        IReadOnlyList<BrowserContextCookiesResult> cookies = await page.Context.CookiesAsync();
        Assert.NotEmpty(cookies);
        Assert.All(cookies, cookie => Assert.Equal(new Uri(proxy.Address).AbsolutePath, cookie.Path));

        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" }).WaitForAsync();
        Assert.Equal($"{proxy.Address}/login", page.Url);
        Assert.Equal([], outside);
    }

    [Fact]
    public async Task SignOut_InOneTab_SendsTheOthersToTheLoginPage()
    {
        using SeededHome home = SeededHome.WithEverything();
        await using RunningStudio studio = await RunningStudio.StartPacedAsync(home.Home, token: Token);
        await using BrowserWindow window = await browser.OpenAsync(studio.Address);
        IPage first = window.Page;
        await first.GotoAsync($"/login?token={Token}&next=/launch");
        await first.GetByRole(AriaRole.Heading, new() { Name = "Launch", Level = 1 }).WaitForAsync();
        IPage second = await first.Context.NewPageAsync();
        await second.GotoAsync("/compare");
        await second.GetByRole(AriaRole.Heading, new() { Name = "Compare", Level = 1 }).WaitForAsync();

        await first.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();

        await second.GetByRole(AriaRole.Heading, new() { Name = "Sign in" }).WaitForAsync(new() { Timeout = 5_000 });
        await first.GetByRole(AriaRole.Heading, new() { Name = "Sign in" }).WaitForAsync();
    }
}
