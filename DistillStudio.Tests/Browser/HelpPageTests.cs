using System.Text.RegularExpressions;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace DistillStudio.Tests.Browser;

/// <summary>The manual as people read it: drawn in every width and theme, found by search, reached from each page.</summary>
[Trait("Needs", "browser")]
[Collection(nameof(MeasuredAlone))]
public sealed class HelpPageTests(StudioSession session) : IClassFixture<StudioSession>
{
    private static readonly string Pictures = Path.Combine(AppContext.BaseDirectory, "TestResults", "pages");

    public static TheoryData<string, int, bool> Views()
    {
        var views = new TheoryData<string, int, bool>();
        foreach (string page in
            (string[])["", "/command-line", "/architecture", "/getting-started", "/studio", "/nowhere", "?q=alpha%20loss"])
        {
            views.Add($"help{page}", 390, true);
            views.Add($"help{page}", 390, false);
            views.Add($"help{page}", 1280, true);
            views.Add($"help{page}", 2560, false);
        }

        return views;
    }

    [Theory]
    [MemberData(nameof(Views))]
    public async Task Help_AnyWidthAndTheme_IsDrawnAndHasNoSeriousViolation(string address, int width, bool isDark)
    {
        await using BrowserWindow window = await session.Browser.OpenAsync(session.Address, width, width < 600 ? 844 : 900, isDark);
        await window.GoAsync($"/{address}");
        await window.SettleAsync();
        string name = Regex.Replace(address, "[^a-z]+", "-");
        string picture = Path.Combine(Pictures, $"{name}-{width}-{(isDark ? "dark" : "light")}.png");
        await window.Page.ScreenshotAsync(new() { Path = picture, FullPage = true });

        Assert.Equal([], window.Problems);
        bool isWide = await window.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth > window.innerWidth");
        Assert.False(isWide, "the page scrolls sideways");
        bool hasPictures = await window.Page.EvaluateAsync<bool>("[...document.images].every(i => i.complete && i.naturalWidth > 0)");
        Assert.True(hasPictures, "a picture is missing");
        AxeResult result = await window.Page.RunAxe();
        Assert.Empty(
            from violation in result.Violations
            where violation.Impact is "serious" or "critical"
            from node in violation.Nodes
            select $"{violation.Id}: {node.Html}");
    }

    [Fact]
    public async Task Search_TypedAndChosenByKeys_OpensTheSection()
    {
        await using BrowserWindow window = await session.Browser.OpenAsync(session.Address);
        await window.GoAsync("/help");
        await window.Page.Keyboard.PressAsync("/");
        await window.Page.Keyboard.TypeAsync("wrong tokens cookie");
        ILocator hit = window.Page.GetByRole(AriaRole.Option).First;
        await Assertions.Expect(hit).ToContainTextAsync("Who may reach the studio");
        await Assertions.Expect(hit.Locator("mark").First).ToBeVisibleAsync();
        await Assertions.Expect(window.Page).ToHaveURLAsync(new Regex(@"/help\?q=wrong"));

        await window.Page.Keyboard.PressAsync("Enter");

        await Assertions.Expect(window.Page).ToHaveURLAsync(new Regex("/help/resilience-and-security#who-may-reach-the-studio$"));
        await AssertAtTopAsync(window.Page, "who-may-reach-the-studio");
        await window.Page.GoBackAsync();
        await Assertions.Expect(window.Page.GetByRole(AriaRole.Option).First).ToBeVisibleAsync();
        Assert.Empty(window.Problems);
    }

    [Fact]
    public async Task Search_ArrowsAndEscape_ChooseAndClear()
    {
        await using BrowserWindow window = await session.Browser.OpenAsync(session.Address);
        await window.GoAsync("/help/method");
        ILocator box = window.Page.GetByRole(AriaRole.Combobox, new() { Name = "Search the manual" });
        await box.FillAsync("seed");
        await Assertions.Expect(window.Page.Locator("[aria-selected=true]")).ToHaveIdAsync("help-hit-0");
        await box.PressAsync("ArrowDown");
        await Assertions.Expect(window.Page.Locator("[aria-selected=true]")).ToHaveIdAsync("help-hit-1");
        await box.PressAsync("ArrowUp");
        await box.PressAsync("ArrowUp");
        int hits = await window.Page.GetByRole(AriaRole.Option).CountAsync();
        await Assertions.Expect(window.Page.Locator("[aria-selected=true]")).ToHaveIdAsync($"help-hit-{hits - 1}");
        await box.FillAsync("xyzzy");
        await Assertions.Expect(window.Page.GetByRole(AriaRole.Status).First).ToContainTextAsync("No results");

        await box.PressAsync("Escape");

        await Assertions.Expect(window.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("The method");
        await Assertions.Expect(box).ToHaveValueAsync("");
        await Assertions.Expect(window.Page).ToHaveURLAsync(new Regex("/help/method$"));
    }

    [Theory]
    [InlineData("/", "runs")]
    [InlineData("/launch", "launch")]
    [InlineData("/compare", "compare")]
    public async Task QuestionMark_OfAPage_LeadsToItsSection(string page, string anchor)
    {
        await using BrowserWindow window = await session.Browser.OpenAsync(session.Address);
        await window.GoAsync(page);
        await window.Page.GetByRole(AriaRole.Link, new() { Name = "Help on this page" }).ClickAsync();

        await Assertions.Expect(window.Page).ToHaveURLAsync(new Regex($"/help/studio#{anchor}$"));
        await AssertAtTopAsync(window.Page, anchor);
    }

    [Fact]
    public async Task Address_WithAnchor_OpensAtTheSectionAndLinksLeadOn()
    {
        await using BrowserWindow window = await session.Browser.OpenAsync(session.Address);
        await window.GoAsync("/help/studio#compare");
        await AssertAtTopAsync(window.Page, "compare");

        await window.Page.GetByRole(AriaRole.Link, new() { Name = "Is the difference real?" }).First.ClickAsync();
        await AssertAtTopAsync(window.Page, "is-the-difference-real");
        ILocator contents = window.Page.GetByRole(AriaRole.Navigation, new() { Name = "Chapters" });
        await contents.GetByRole(AriaRole.Link, new() { Name = "Alpha" }).ClickAsync();
        await AssertAtTopAsync(window.Page, "alpha", hasFocus: false); // Blazor follows a link within a page, and leaves the focus on it

        await window.Page.Keyboard.PressAsync("j");
        await Assertions.Expect(window.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Performance");
        Assert.Equal(0, await window.Page.EvaluateAsync<double>("scrollY"));
        Assert.Empty(window.Problems);
    }

    /// <summary>Below the bar, and as near to it as the end of the page allows.</summary>
    private static async Task AssertAtTopAsync(IPage page, string id, bool hasFocus = true)
    {
        await page.Locator($"#{id}").WaitForAsync();
        await page.WaitForFunctionAsync(
            """
            id => {
              const top = document.getElementById(id).getBoundingClientRect().top;
              return top >= 52 && (top < 140 || scrollY + innerHeight >= document.documentElement.scrollHeight - 1);
            }
            """,
            id,
            new() { Timeout = 5000 });
        if (hasFocus)
        {
            await Assertions.Expect(page.Locator($"#{id}")).ToBeFocusedAsync();
        }
    }
}
