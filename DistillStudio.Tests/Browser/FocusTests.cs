using DistillStudio.History;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace DistillStudio.Tests.Browser;

/// <summary>Walks Tab through each page: what has the focus shows it, in both themes, and is on the screen.</summary>
[Trait("Needs", "browser")]
[Collection(nameof(MeasuredAlone))]
public sealed class FocusTests(StudioSession session, StudiesSession studies)
    : IClassFixture<StudioSession>, IClassFixture<StudiesSession>
{
    private const int MostStops = 140;

    /// <summary>
    /// Compares the element that had the focus at the last call with itself now: outline, border and shadow of it, of what it stands in and
    /// of what stands beside it. Returns the element that has the focus now, and what the last one lacked.
    /// </summary>
    private const string Step = """
        async () => {
          await new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)));
          const edge = e => [null, '::before', '::after'].map(pseudo => {
            const s = getComputedStyle(e, pseudo);
            const outline = s.outlineStyle === 'none' || parseFloat(s.outlineWidth) < 2 ? '' : s.outlineColor;
            const border = ['Top', 'Bottom', 'Left'].map(side => s[`border${side}Width`] + s[`border${side}Color`]).join();
            return `${outline} ${border} ${s.boxShadow} ${pseudo && s.borderBottomColor}`;
          }).join();
          const last = window.walked;
          let missing = null;
          if (last && last.at.isConnected && last.look === last.around.map(edge).join('|')) {
            missing = last.at.outerHTML.slice(0, 200);
          }
          const at = document.activeElement;
          if (!at || at === document.body) {
            window.walked = null;
            return { name: '', missing, hidden: null, isEnd: true };
          }
          const around = [at];
          for (let e = at.parentElement, i = 0; e && e !== document.body && i < 3; e = e.parentElement, i++) { around.push(e); }
          const field = at.closest('.mud-input-control, label');
          if (field) { around.push(...field.querySelectorAll('fieldset, span, div')); }
          const box = at.getBoundingClientRect();
          const isAway = box.bottom <= 0 || box.top >= innerHeight || box.right < 0 || box.left > innerWidth;
          const isEnd = (window.stops ??= new Set()).has(at);
          window.stops.add(at);
          window.walked = { at, around, look: around.map(edge).join('|') };
          return { name: `${at.tagName} ${at.className} ${at.id}`, missing, hidden: isAway ? at.outerHTML.slice(0, 200) : null, isEnd };
        }
        """;

    public static TheoryData<string, bool> Views()
    {
        var views = new TheoryData<string, bool>();
        foreach (string page in new[]
        {
            "/", "/launch", "run", "compare", "/datasets", "/datasets/import", "/datasets/demo", "/models", "/models/demo", "/teachers",
            "/teachers/new?name=mine&model=m", "/studies", "study", "/launch/study", "/help", "/help/getting-started", "empty",
        })
        {
            views.Add(page, false);
            views.Add(page, true);
        }

        return views;
    }

    [Theory]
    [MemberData(nameof(Views))]
    public async Task Tab_ThroughThePage_ShowsWhereItIs(string page, bool isDark)
    {
        using SeededHome? home = page == "empty" ? new SeededHome() : null;
        await using RunningStudio? other = home is null ? null : await RunningStudio.StartAsync(home.Home);
        bool isStudy = page is "study" or "/studies";
        await using BrowserWindow window = await session.Browser.OpenAsync(
            other?.Address ?? (isStudy ? studies.Address : session.Address), 1280, 900, isDark);
        await window.GoAsync(PathOf(page));
        if (page is "run" or "compare" or "study")
        {
            await window.Page.Locator(".loss-chart .main-svg").First.WaitForAsync();
        }

        if (page == "compare")
        {
            await window.Page.GetByRole(AriaRole.Region, new() { Name = "Methods" }).First.WaitForAsync(); // the verdict is there
        }

        // However short, a transition begins with the look that it leaves.
        await window.Page.AddStyleTagAsync(new() { Content = "*, ::before, ::after { transition: none !important; }" });
        var stops = new List<string>();
        var bad = new List<string>();
        while (stops.Count < MostStops)
        {
            await window.Page.Keyboard.PressAsync("Tab");
            Stop stop = await window.Page.EvaluateAsync<Stop>(Step);
            bad.AddRange(new[] { stop.Missing, stop.Hidden }.OfType<string>());
            if (stop.IsEnd)
            {
                break;
            }

            stops.Add(stop.Name);
        }

        Assert.True(bad.Count == 0, string.Join('\n', bad.Distinct()));
        Assert.True(stops.Count > 8, $"only {stops.Count} stops");
        if (!page.StartsWith("/help", StringComparison.Ordinal)) // a chapter begins at its heading
        {
            Assert.Contains("skip-link", stops[0], StringComparison.Ordinal);
        }

        if (page is "run" or "compare" or "study")
        {
            Assert.Contains("curves-plot", string.Join('\n', stops), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Menu_OpenedByKey_LeadsToADialogThatEscapeCloses()
    {
        await using BrowserWindow window = await session.Browser.OpenAsync(session.Address, 1280, 900);
        await window.GoAsync(PathOf("run"));
        ILocator menu = window.Page.GetByRole(AriaRole.Button, new() { Name = "More", Exact = true });
        await menu.FocusAsync();

        await window.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(menu).ToHaveAttributeAsync("aria-expanded", "true");
        await Assertions.Expect(menu).ToBeFocusedAsync();
        await window.Page.Keyboard.PressAsync("ArrowDown");
        await Assertions.Expect(window.Page.Locator(":focus")).ToHaveTextAsync("Name, tags, notes…");
        await window.Page.Keyboard.PressAsync("Enter");

        ILocator dialog = window.Page.GetByRole(AriaRole.Dialog);
        await Assertions.Expect(dialog.Locator(":focus")).ToHaveCountAsync(1);
        await window.Page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(dialog).ToHaveCountAsync(0);
        await Assertions.Expect(menu).ToBeFocusedAsync();
        Assert.Empty(window.Problems);
    }

    private string PathOf(string page)
    {
        RunSummary[] pair = [.. session.Studio.Services.GetRequiredService<IRunHistory>().ListRuns().Where(r => r.Group == "pair-0")];
        return page switch
        {
            "run" => $"/runs/{pair[0].Id}",
            "compare" => $"/compare?runs={pair[0].Id},{pair[1].Id}",
            "study" => $"/studies/{StudiesSession.Fractions}",
            "empty" => "/",
            _ => page,
        };
    }

    /// <summary>A stop of the walk.</summary>
    private sealed class Stop
    {
        public string Name { get; set; } = "";

        /// <summary>The last element, if it looked with the focus as it does without.</summary>
        public string? Missing { get; set; }

        /// <summary>The element, if it is outside of the window.</summary>
        public string? Hidden { get; set; }

        public bool IsEnd { get; set; }
    }
}
