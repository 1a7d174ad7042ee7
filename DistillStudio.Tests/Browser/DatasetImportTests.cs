using System.Text.RegularExpressions;
using DistillStudio.Engine.Data;
using Microsoft.Playwright;

namespace DistillStudio.Tests.Browser;

/// <summary>From a table on a researcher's machine to a run that trains on it, in the built program.</summary>
[Trait("Needs", "browser")]
[Collection(nameof(MeasuredAlone))]
public sealed class DatasetImportTests(Chromium browser) : IClassFixture<Chromium>
{
    private static readonly LocatorAssertionsToContainTextOptions Patience = new() { Timeout = 60_000 };

    [Fact]
    public async Task Import_TableByMapping_TrainsOnIt()
    {
        using var home = new TempFolder();
        string file = home.Write(
            "sums.csv",
            "story;sum;asked;why\r\n"
                + string.Concat(Enumerable.Range(1, 60).Select(i => $"Tom has {i} and gets {i % 7}.;{i} + {i % 7};How many?;Since {i} and "
                + $"{i % 7}.\r\n"))
                + "Broken;;x;y\r\n");
        using FreshStudio studio = await FreshStudio.StartAsync(home.Home);
        await using BrowserWindow window = await browser.OpenAsync(studio.Address);
        await window.GoAsync("/datasets");
        await window.Page.GetByRole(AriaRole.Link, new() { Name = "Import your own" }).ClickAsync();
        await window.Page.GetByLabel("Files with rows").SetInputFilesAsync(file);
        await Assertions.Expect(window.Page.GetByLabel("Name of the dataset")).ToHaveValueAsync("sums", new() { Timeout = 30_000 });

        await ChooseAsync(window, "Label", "sum");
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Equation" }).ClickAsync();
        await window.Page.GetByLabel("Input", new() { Exact = true }).FillAsync(@"{story}\n{asked}");
        await ChooseAsync(window, "Rationale", "why");
        ILocator preview = window.Page.Locator(".side dl").First;
        await Assertions.Expect(preview).ToContainTextAsync("Tom has 1 and gets 1.\nHow many?");
        await Assertions.Expect(preview).ToContainTextAsync("1 + 1");
        await Assertions.Expect(window.Page.Locator(".side")).ToContainTextAsync("line 62 the label is blank");

        await Assertions.Expect(preview).ToContainTextAsync("Since 1 and 1.");
        await Assertions.Expect(window.Page).ToHaveURLAsync(new Regex("rationale=why"));
        await window.Page.ReloadAsync(); // the form is in the address, and is not proposed again
        await Assertions.Expect(preview).ToContainTextAsync("Tom has 1 and gets 1.\nHow many?", Patience);
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Import", Exact = true }).ClickAsync();
        await Assertions.Expect(window.Page.Locator(".outcome")).ToContainTextAsync("train 48, valid 6, test 6", Patience);
        Split train = DatasetReader.Load("sums", home.Home.Datasets).Splits["train"];
        Assert.All(train.Rows.Zip(train.Teachers["own"]), row =>
            Assert.Equal((row.First.Label, true), (row.Second.Label, row.Second.Rationale.StartsWith("Since ", StringComparison.Ordinal))));

        await window.Page.GetByRole(AriaRole.Link, new() { Name = "train on it" }).ClickAsync();
        await Assertions.Expect(window.Page.Locator(".facts")).ToContainTextAsync("Training rows48", Patience);
        await window.Page.GetByLabel("Steps", new() { Exact = true }).FillAsync("4");
        await window.Page.GetByLabel("Evaluate every").FillAsync("2");
        await window.Page.GetByLabel("Batch size").FillAsync("4");
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Launch this run" }).ClickAsync();
        await Assertions.Expect(window.Page).ToHaveURLAsync(new Regex("/runs/"));
        await Assertions.Expect(window.Page.Locator(".state-finished").First).ToBeVisibleAsync(new() { Timeout = 120_000 });
        Assert.Empty(window.Problems);
    }

    private static async Task ChooseAsync(BrowserWindow window, string label, string value)
    {
        await window.Page.Locator(".mud-select")
            .Filter(new() { Has = window.Page.GetByText(label, new() { Exact = true }) }).First.ClickAsync();
        await window.Page.Locator(".mud-popover-open .mud-list-item").Filter(new() { HasTextRegex = new Regex($"^{value}$") }).ClickAsync();
    }
}
