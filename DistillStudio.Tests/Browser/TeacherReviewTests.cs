using System.Text.RegularExpressions;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Teachers;
using Microsoft.Playwright;

namespace DistillStudio.Tests.Browser;

/// <summary>A teacher's answers reviewed by the keyboard alone, in the built program.</summary>
[Trait("Needs", "browser")]
[Collection(nameof(MeasuredAlone))]
public sealed class TeacherReviewTests(Chromium browser) : IClassFixture<Chromium>
{
    private static readonly LocatorAssertionsToContainTextOptions Patience = new() { Timeout = 60_000 };

    [Fact]
    public async Task Review_ByKeyboard_DecidesEditsRatesAndMakesATeacher()
    {
        using var home = new TempFolder();
        await SeededTeacher.PutAsync(home.Home);
        TeacherJob job = Assert.Single(TeacherJob.List(home.Home));
        int[] rows = [.. CompletionLog.ReadAll(job.CompletionsPath).Select(completion => completion.Row).Order()];
        using FreshStudio studio = await FreshStudio.StartAsync(home.Home);
        await using BrowserWindow window = await browser.OpenAsync(studio.Address);
        await window.GoAsync("/teachers/demo/mine/train/review");
        ILocator title = window.Page.Locator("#row-title");
        ILocator counts = window.Page.Locator(".page-head .num");
        await ShowsAsync(0);

        await PressAsync("a");
        await ShowsAsync(1);
        await PressAsync("x");
        await ShowsAsync(2);
        await Assertions.Expect(counts).ToContainTextAsync("1 accepted, 0 edited, 1 rejected", Patience);
        await PressAsync("k");
        await ShowsAsync(1);
        await Assertions.Expect(window.Page.Locator(".verdict")).ToContainTextAsync("Rejected", Patience);
        await PressAsync("a"); // the last word counts
        await ShowsAsync(2);
        await PressAsync("j");
        await ShowsAsync(3);
        await Assertions.Expect(window.Page).ToHaveURLAsync(new Regex($"row={rows[3] + 1}$"));
        await PressAsync("4");
        await Assertions.Expect(window.Page.GetByRole(AriaRole.Button, new() { Name = "Rate 4" }))
            .ToHaveAttributeAsync("aria-pressed", "true");

        await PressAsync("e");
        ILocator rationale = window.Page.GetByLabel("Rationale");
        await Assertions.Expect(rationale).ToBeFocusedAsync();
        await PressAsync("Escape");
        await Assertions.Expect(rationale).ToHaveCountAsync(0);
        await PressAsync("e");
        await Assertions.Expect(rationale).ToBeFocusedAsync();
        await window.Page.Keyboard.PressAsync("Control+A");
        await window.Page.Keyboard.TypeAsync("ax is typed, not pressed.");
        await window.Page.Keyboard.PressAsync("Tab");
        await window.Page.Keyboard.PressAsync("Control+A");
        await window.Page.Keyboard.TypeAsync("( 8.0 - 3.0 )");
        await PressAsync("Control+Enter");
        await ShowsAsync(4);
        await PressAsync("x");
        await ShowsAsync(5);
        await Assertions.Expect(counts).ToContainTextAsync("2 accepted, 1 edited, 1 rejected", Patience);

        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Make it a teacher" }).ClickAsync();
        await Assertions.Expect(window.Page.Locator(".mud-snackbar")).ToContainTextAsync("Teacher mine-reviewed: ", Patience);
        Split train = DatasetReader.Load("demo", home.Home.Datasets).RequireSplit("train");
        Assert.Equal(new TeacherAnswer("ax is typed, not pressed.", "( 8.0 - 3.0 )"), train.Teachers["mine-reviewed"][rows[3]]);
        Assert.Equal([rows[4]], train.Rejected["mine-reviewed"]);
        Assert.Equal(4, ReviewLog.Read(job.ReviewsPath)[rows[3]].Rating);
        Assert.Empty(window.Problems);

        Task PressAsync(string key) => window.Page.Keyboard.PressAsync(key);

        Task ShowsAsync(int place) => Assertions.Expect(title).ToHaveTextAsync($"Row {rows[place] + 1:N0}", new() { Timeout = 60_000 });
    }
}
