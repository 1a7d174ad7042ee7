using Microsoft.Playwright;

namespace DistillStudio.Tests.Support;

/// <summary>One Chromium for all browser tests; they are skipped with a reason where there is none.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    private static string ExecutablePath =>
        Environment.GetEnvironmentVariable("CHROMIUM_PATH") is { Length: > 0 } path ? path : "/usr/bin/chromium";

    public async ValueTask InitializeAsync()
    {
        if (!File.Exists(ExecutablePath))
        {
            return;
        }

        Assertions.SetDefaultExpectTimeout(30_000); // as long as for clicks: a busy machine is not a wrong page
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(
            new() { ExecutablePath = ExecutablePath, Args = ["--no-sandbox", "--disable-gpu"] });
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }

    /// <summary>A separate browser window. Any request that leaves this machine fails the test that made it.</summary>
    public async Task<BrowserWindow> OpenAsync(
        string address, int width = 1280, int height = 900, bool isDark = false, string? timeZone = null)
    {
        Assert.SkipWhen(_browser is null, $"No Chromium at {ExecutablePath}: install it or set CHROMIUM_PATH.");
        IBrowserContext context = await _browser.NewContextAsync(new()
        {
            BaseURL = address,
            ViewportSize = new() { Width = width, Height = height },
            ColorScheme = isDark ? ColorScheme.Dark : ColorScheme.Light,
            ReducedMotion = ReducedMotion.Reduce,
            TimezoneId = timeZone,
        });
        return new BrowserWindow(context, await context.NewPageAsync(), new Uri(address));
    }
}

/// <summary>A page with its errors.</summary>
public sealed class BrowserWindow : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly List<string> _problems = [];

    internal BrowserWindow(IBrowserContext context, IPage page, Uri studio)
    {
        _context = context;
        Page = page;
        page.Console += (_, message) =>
        {
            // A connection that a test cuts on purpose, or a server it restarts, is not the page's fault.
            if (message.Type == "error"
                && !message.Text.Contains("net::ERR_CONNECTION", StringComparison.Ordinal)
                && !message.Text.Contains("WebSocket", StringComparison.Ordinal))
            {
                _problems.Add(message.Text);
            }
        };
        page.PageError += (_, error) => _problems.Add(error);
        page.Request += (_, request) =>
        {
            if (Uri.TryCreate(request.Url, UriKind.Absolute, out Uri? target)
                && target.Scheme is "http" or "https"
                && target.Host != studio.Host)
            {
                _problems.Add($"A request left the machine: {request.Url}");
            }
        };
    }

    public IPage Page { get; }

    /// <summary>Script errors, error messages of the console, requests to other hosts.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Opens a page of the studio and waits until it is drawn.</summary>
    public async Task GoAsync(string path)
    {
        await Page.GotoAsync(path);
        await Page.Locator("h1").First.WaitForAsync();
    }

    /// <summary>
    /// Waits until the page looks as it will stay: pictures loaded, transitions over, the drawer closed where the window is narrow, and
    /// nothing drawn anew for a while. A page on which something always moves is taken as it is after some seconds.
    /// </summary>
    public async Task SettleAsync() => await Page.WaitForFunctionAsync(
        """
        () => {
          const now = performance.now();
          if (!window.settling) {
            window.settling = { since: now, changed: now };
            new MutationObserver(() => window.settling.changed = performance.now())
              .observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
          }

          const isMoving = document.getAnimations()
            .some(a => a.playState === 'running' && Number.isFinite(Number(a.effect?.getComputedTiming().endTime)));
          const isDrawerDue = innerWidth < 960 && document.querySelector('.mud-drawer--initial.mud-drawer--open');
          return [...document.images].every(i => i.complete) && !isMoving && !isDrawerDue
            && (now - window.settling.changed > 300 || now - window.settling.since > 5000);
        }
        """);

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}
