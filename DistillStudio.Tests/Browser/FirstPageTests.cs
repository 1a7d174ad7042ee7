using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace DistillStudio.Tests.Browser;

/// <summary>
/// The built program in a process of its own, where a page is the first that anyone opens and a button the first that anyone presses:
/// nothing before it has loaded, read or made what it needs. From an empty home, and from one with work in it.
/// </summary>
[Trait("Needs", "browser")]
[Collection(nameof(MeasuredAlone))]
public sealed class FirstPageTests(FirstPageTests.Homes homes) : IClassFixture<FirstPageTests.Homes>
{
    private static readonly LocatorAssertionsToContainTextOptions Patience = new() { Timeout = 60_000 };

    [Theory]
    [InlineData("/", "Small models that answer")]
    [InlineData("/launch", "Launch")]
    [InlineData("/launch?dataset=demo&model_type=standard&lr=0.001", "Launch")]
    [InlineData("/launch?dataset=cqa", "Launch")]
    [InlineData("/compare", "Compare")]
    [InlineData("/compare?runs=gone", "Compare")]
    [InlineData("/runs/gone", "Run not found")]
    public async Task Page_OpenedFirst_EmptyHome_IsShown(string path, string heading)
    {
        using var home = new TempFolder();
        using FreshStudio studio = await FreshStudio.StartAsync(home.Home);
        await IsShownAsync(studio, path, heading);
        await studio.EndsCleanAsync();
    }

    [Theory]
    [InlineData("/", "Runs")]
    [InlineData("/launch", "Launch")]
    [InlineData("/launch?like=FINISHED", "Launch")]
    [InlineData("/runs/FINISHED?more=1", "demo standard")]
    [InlineData("/runs/FAILED", "Too high a rate")]
    [InlineData("/compare", "Compare")]
    [InlineData("/compare?runs=FINISHED,OTHER", "Compare")]
    [InlineData("/compare?runs=FAILED,OTHER", "Compare")]
    public async Task Page_OpenedFirst_HomeWithRuns_IsShown(string path, string heading)
    {
        using SeededHome home = homes.Seed();
        using FreshStudio studio = await FreshStudio.StartAsync(home.Home);
        await IsShownAsync(studio, homes.Complete(path), heading);
        await studio.EndsCleanAsync();
    }

    [Fact]
    public async Task Launch_OpenedFirst_FillsItsFactsAndMeasuresAStep_ThenTrains()
    {
        using var home = new TempFolder();
        using FreshStudio studio = await FreshStudio.StartAsync(home.Home);
        await using BrowserWindow window = await homes.Browser.OpenAsync(studio.Address);
        await window.GoAsync("/launch");
        ILocator facts = window.Page.Locator(".facts");
        await Assertions.Expect(facts).ToContainTextAsync("Training rows2,000", Patience);
        await Assertions.Expect(facts).ToContainTextAsync(new Regex(@"Memory \(estimate\)[0-9]"), Patience);
        await Assertions.Expect(facts.Locator(".time")).ToContainTextAsync(
            new Regex(@"about .*\s+plus evaluations; .* per step, measured over \d+ steps"), Patience);

        await PressAsync(window, "Launch this run");

        await studio.TrainsAsync(1, before: []);
        await Assertions.Expect(window.Page.Locator(".state-running").First).ToBeVisibleAsync();
        Assert.Empty(window.Problems);
        await studio.EndsCleanAsync();
    }

    [Fact]
    public async Task Studio_StoppedWhileAStepIsMeasured_EndsClean_ThoughThePageIsOpen()
    {
        using var home = new TempFolder();
        using FreshStudio studio = await FreshStudio.StartAsync(home.Home);
        await using BrowserWindow window = await homes.Browser.OpenAsync(studio.Address);
        await window.GoAsync("/launch");
        await Assertions.Expect(window.Page.Locator(".facts .time")).ToContainTextAsync("measuring…", Patience);

        await window.Page.WaitForTimeoutAsync(1500); // libtorch is loading, or at its first steps
        await studio.EndsCleanAsync();
    }

    [Theory]
    [InlineData("/", "Run the demo comparison", 2)]
    [InlineData("/launch", "Launch this run", 1)]
    [InlineData("/launch", "Launch pair", 2)]
    [InlineData("/launch?dataset=demo&model_type=single_task", "Launch this run", 1)]
    public async Task Button_PressedFirst_EmptyHome_Trains(string path, string button, int runs)
    {
        using var home = new TempFolder();
        using FreshStudio studio = await FreshStudio.StartAsync(home.Home);
        await using BrowserWindow window = await homes.Browser.OpenAsync(studio.Address);
        await window.GoAsync(path);

        await PressAsync(window, button);

        await studio.TrainsAsync(runs, before: []);
        Assert.Empty(window.Problems);
        await studio.EndsCleanAsync();
    }

    [Theory]
    [InlineData("/runs/FINISHED", "Launch with changes", "Launch this run", 1)]
    [InlineData("/launch?like=FINISHED", "Launch pair", null, 2)]
    [InlineData("/launch", "Launch this run", null, 1)]
    [InlineData("/", "New run", "Launch this run", 1)]
    public async Task Button_PressedFirst_HomeWithRuns_Trains(string path, string button, string? next, int runs)
    {
        using SeededHome home = homes.Seed();
        using FreshStudio studio = await FreshStudio.StartAsync(home.Home);
        string[] before = studio.RunFolders();
        await using BrowserWindow window = await homes.Browser.OpenAsync(studio.Address);
        await window.GoAsync(homes.Complete(path));

        await PressAsync(window, button);
        if (next is not null)
        {
            await PressAsync(window, next);
        }

        await studio.TrainsAsync(runs, before);
        Assert.Empty(window.Problems);
        await studio.EndsCleanAsync();
    }

    [Theory]
    [InlineData("Compare")]
    [InlineData("Clone…")]
    [InlineData("Delete")]
    public async Task TickedRuns_ButtonPressedFirst_Works(string button)
    {
        using SeededHome home = homes.Seed();
        using FreshStudio studio = await FreshStudio.StartAsync(home.Home);
        string[] before = studio.RunFolders();
        await using BrowserWindow window = await homes.Browser.OpenAsync(studio.Address);
        await window.GoAsync("/");
        await window.Page.GetByLabel("Select demo", new() { Exact = false }).First.CheckAsync();

        await window.Page.Locator(".selection").GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();

        switch (button)
        {
            case "Compare":
                await Assertions.Expect(window.Page).ToHaveURLAsync(new Regex(@"/compare\?runs="));
                break;
            case "Clone…":
                await Assertions.Expect(window.Page).ToHaveURLAsync(new Regex("/launch"));
                await PressAsync(window, "Launch this run");
                await studio.TrainsAsync(1, before);
                break;
            default:
                await window.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
                await Assertions.Expect(window.Page.Locator(".mud-snackbar")).ToContainTextAsync("deleted");
                break;
        }

        Assert.Empty(window.Problems);
        await studio.EndsCleanAsync();
    }

    [Fact]
    public async Task LibTorchMissing_PagesWork_TheBoxSaysWhyNothingIsMeasured_AndARunFailsWithThatSentence()
    {
        const string Sentence = "libtorch could not be loaded (";
        using var program = new ProgramFolder();
        using var home = new TempFolder();
        IReadOnlyList<string> before = program.Entries;
        using FreshStudio studio = await FreshStudio.StartAsync(home.Home, program.Path);
        await using BrowserWindow window = await homes.Browser.OpenAsync(studio.Address);
        await window.GoAsync("/launch");
        await Assertions.Expect(window.Page.Locator(".facts")).ToContainTextAsync("Training rows2,000", Patience);
        await Assertions.Expect(window.Page.Locator(".facts .time")).ToContainTextAsync(Sentence, Patience);

        await PressAsync(window, "Launch this run");

        await Assertions.Expect(window.Page.Locator(".trouble h2")).ToContainTextAsync(Sentence, Patience);
        Assert.Equal(before, program.Entries);
    }

    private async Task IsShownAsync(FreshStudio studio, string path, string heading)
    {
        await using BrowserWindow window = await homes.Browser.OpenAsync(studio.Address);
        await window.GoAsync(path);
        await Assertions.Expect(window.Page.Locator("h1").First).ToContainTextAsync(heading);
        await window.Page.WaitForTimeoutAsync(1000); // what the page reads in the background has begun
        Assert.Empty(window.Problems);
    }

    /// <summary>A button, a link that looks like one, or a menu's item.</summary>
    private static Task PressAsync(BrowserWindow window, string name) =>
        window.Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true })
        .Or(window.Page.GetByRole(AriaRole.Link, new() { Name = name, Exact = true }))
        .Or(window.Page.GetByRole(AriaRole.Menuitem, new() { Name = name, Exact = true }))
        .First.ClickAsync();

    /// <summary>A browser, and the runs that a home begins with.</summary>
    public sealed class Homes : IAsyncLifetime
    {
        private readonly Dictionary<string, string> _ids = [];

        public Chromium Browser { get; } = new();

        public ValueTask InitializeAsync() => Browser.InitializeAsync();

        public ValueTask DisposeAsync() => Browser.DisposeAsync();

        /// <summary>A finished pair and a run that failed, as the engine's own recorder writes them.</summary>
        internal SeededHome Seed()
        {
            var home = new SeededHome();
            IReadOnlyList<string> pair = home.AddPair(0, "baseline");
            (_ids["FINISHED"], _ids["OTHER"]) = (pair[0], pair[1]);
            _ids["FAILED"] = home.AddFailed(SeededHome.StepByStep with { LearningRate = 0.4, Name = "Too high a rate" });
            return home;
        }

        internal string Complete(string path) =>
            _ids.Aggregate(path, (text, id) => text.Replace(id.Key, id.Value, StringComparison.Ordinal));
    }
}
