using System.IO.Compression;
using System.Text.RegularExpressions;
using DistillStudio.Tests.Engine.Hub;
using Microsoft.Playwright;

namespace DistillStudio.Tests.Browser;

/// <summary>A model from a hub, one from an archive, and back to the hub what a run made of it: in the built program.</summary>
[Trait("Needs", "browser")]
[Collection(nameof(MeasuredAlone))]
public sealed class ModelsTests(Chromium browser) : IClassFixture<Chromium>
{
    private static readonly LocatorAssertionsToContainTextOptions Patience = new() { Timeout = 60_000 };
    private static readonly LocatorAssertionsToBeVisibleOptions LongPatience = new() { Timeout = 120_000 };

    [Fact]
    public async Task Models_GotImportedTrainedPublishedAndRemoved()
    {
        using var home = new TempFolder();
        await using FakeHub hub = await FakeHub.StartAsync();
        hub.Models["lab/tiny"] = new(TinyModel.Files("pytorch_model.bin"));
        home.Write("appsettings.json", $$"""{"DistillStudio": {"HubUrl": "{{hub.Address}}" } }""");
        TinyModel.Write(home["unpacked"]);
        await ZipFile.CreateFromDirectoryAsync(home["unpacked"], home["other.zip"], TestContext.Current.CancellationToken);
        using ProgramRun program =
            ProgramRun.StartAfter(
                "", new Dictionary<string, string> { ["HF_TOKEN"] = FakeHub.Token, ["HF_HUB_CACHE"] = home["cache"] }, "serve", "--home",
                home.Path, "--port", "0");
        await using BrowserWindow window = await browser.OpenAsync((await program.AddressAsync()).ToString());
        IPage page = window.Page;
        await window.GoAsync("/models");

        await page.GetByLabel("Name on the hub").FillAsync("lab/tiny");
        await Assertions.Expect(page).ToHaveURLAsync(new Regex("get=lab"));
        await page.GetByRole(AriaRole.Button, new() { Name = "Get", Exact = true }).ClickAsync();
        ILocator table = page.GetByRole(AriaRole.Region, new() { Name = "Models" });
        await Assertions.Expect(table).ToContainTextAsync("lab/tiny", Patience);

        await page.GetByLabel("Zip of a model").SetInputFilesAsync(home["other.zip"]);
        await Assertions.Expect(page.GetByLabel("Name in the studio")).ToHaveValueAsync("other", new() { Timeout = 30_000 });
        await page.GetByRole(AriaRole.Button, new() { Name = "Import", Exact = true }).ClickAsync();
        await Assertions.Expect(table.GetByRole(AriaRole.Link, new() { Name = "other", Exact = true })).ToBeVisibleAsync(LongPatience);

        await table.GetByRole(AriaRole.Link, new() { Name = "lab/tiny", Exact = true }).ClickAsync();
        await Assertions.Expect(page.Locator(".tiles")).ToContainTextAsync("mit", Patience);
        await page.GetByRole(AriaRole.Link, new() { Name = "Train it" }).ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(new Regex("launch"));

        string[] train = [
            "train", "--from_pretrained", "lab/tiny", "--dataset", "demo", "--max_steps", "1", "--eval_steps", "1", "--batch_size", "2",
            "--subsample", "0.01", "--gen_max_len", "2", "--device", "cpu", "--home", home.Path,
        ];
        CommandResult trained = await ProgramRun.ToEndAsync(train);
        Assert.True(trained.ExitCode == 0, trained.Error);
        await window.GoAsync($"/runs/{Path.GetFileName(Directory.GetDirectories(home.Home.Runs)[0])}");
        await page.GetByRole(AriaRole.Button, new() { Name = "More" }).ClickAsync();
        await page.GetByText("Publish the model…").ClickAsync();
        await page.GetByLabel("Name on the hub").FillAsync("lab/mine");
        await page.GetByRole(AriaRole.Button, new() { Name = "Publish", Exact = true }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("in commit c0ffee", Patience);
        Assert.Contains("README.md", hub.Models["lab/mine"].Keys);

        await window.GoAsync("/models");
        await table.GetByRole(AriaRole.Button, new() { Name = "Remove other" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Remove", Exact = true }).ClickAsync();
        await Assertions.Expect(table.GetByRole(AriaRole.Link, new() { Name = "other", Exact = true })).ToHaveCountAsync(
            0, new() { Timeout = 30_000 });
        Assert.False(Directory.Exists(home["models/other"]));
        Assert.Empty(window.Problems);
    }
}
