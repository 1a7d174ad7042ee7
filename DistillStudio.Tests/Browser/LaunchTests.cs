using System.Text.RegularExpressions;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using DistillStudio.Configuration;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.History;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace DistillStudio.Tests.Browser;

/// <summary>The form that starts runs: what cannot work cannot be started, and says why.</summary>
[Trait("Needs", "browser")]
[Collection(nameof(MeasuredAlone))]
public sealed class LaunchTests(StudioSession session) : IClassFixture<StudioSession>
{
    [Fact]
    public async Task Form_PairOnTheDemo_LaunchesBothAndComparesThemLive()
    {
        using var folder = new TempFolder();
        await using RunningStudio studio = await RunningStudio.StartPacedAsync(folder.Home, TimeSpan.FromMilliseconds(5));
        await using BrowserWindow window = await session.Browser.OpenAsync(studio.Address);
        await window.GoAsync("/launch");
        await window.Page.GetByLabel("Steps", new() { Exact = true }).FillAsync("300");
        await window.Page.GetByLabel("Evaluate every").FillAsync("50");
        await Assertions.Expect(window.Page.Locator(".facts")).ToContainTextAsync("Training rows2,000", new() { Timeout = 15_000 });
        await Assertions.Expect(window.Page.GetByLabel("Command line", new() { Exact = true }).First).ToContainTextAsync(
            "--max_steps 300 --eval_steps 50");
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Launch pair" }).ClickAsync();
        await Assertions.Expect(window.Page).ToHaveURLAsync(new Regex(@"/compare\?runs="));
        await Assertions.Expect(window.Page.Locator(".state-finished")).ToHaveCountAsync(2, new() { Timeout = 60_000 });
        RunSummary[] runs = [.. studio.Services.GetRequiredService<IRunHistory>().ListRuns()];
        Assert.Equal(2, runs.Length);
        Assert.All(runs, r => Assert.Equal((300, 50, 0), (r.Spec.MaxSteps, r.Spec.EvalSteps, r.Spec.Seed)));
        Assert.Equal(["standard", "task_prefix"], runs.Select(r => r.Spec.Method).Order());
        Assert.Single(runs.Select(r => r.Group).Distinct());
        Assert.Empty(window.Problems);
    }

    [Fact]
    public async Task Branch_WithAnotherAlpha_JoinsItsParentsCurvesAndIsComparedFromThere()
    {
        using var parent = new FinishedDemoRun();
        await using var studio = await RunningStudio.StartAsync(
            new StudioOptions { Home = new StudioHome(parent.Root), Urls = [StudioOptions.AddressOf(0)] });
        await using BrowserWindow window = await session.Browser.OpenAsync(studio.Address);
        await window.GoAsync($"/runs/{parent.Folder.Id}");
        await window.Page.GetByLabel("Branch from step 8", new() { Exact = true }).ClickAsync();
        await window.Page.Locator("#field-Alpha").FillAsync("0.9");
        await window.Page.Keyboard.PressAsync("Tab");
        await Assertions.Expect(window.Page.GetByText("alpha 0.5 → 0.9")).ToBeVisibleAsync();
        await Assertions.Expect(window.Page.GetByRole(AriaRole.Button, new() { Name = "Launch pair" })).ToHaveCountAsync(0);

        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Launch this run" }).ClickAsync();

        await Assertions.Expect(window.Page).ToHaveURLAsync(new Regex("/runs/"));
        await Assertions.Expect(window.Page.Locator(".page-head .state-finished")).ToHaveCountAsync(1, new() { Timeout = 60_000 });
        await window.Page.ReloadAsync();
        await window.Page.Locator(".loss-chart .main-svg").First.WaitForAsync();
        Assert.Equal(1, await window.Page.EvaluateAsync<int>("document.getElementById('loss-chart').data[0].x[0]"));
        Assert.Equal(8, await BranchPointAsync());

        await window.Page.GetByRole(AriaRole.Link, new() { Name = "Compare from step 8" }).ClickAsync();
        await Assertions.Expect(window.Page).ToHaveURLAsync(new Regex(@"/compare\?from=8&runs="));
        await window.Page.Locator(".loss-chart .main-svg").First.WaitForAsync();
        Assert.Equal(8, await BranchPointAsync());
        RunSummary branch = studio.History.ListRuns()[0];
        Assert.Equal((0.9, parent.Folder.Id, 8), (branch.Spec.Alpha, branch.Spec.Branch, branch.Spec.BranchStep));
        Assert.Empty(window.Problems);

        Task<int> BranchPointAsync() => window.Page.EvaluateAsync<int>("document.getElementById('loss-chart').layout.shapes[0].x0");
    }

    [Fact]
    public async Task Time_NoEarlierRun_IsMeasuredAndSaysSo_ThenTakenFromARunLikeIt()
    {
        using var folder = new TempFolder();
        await using RunningStudio studio = await RunningStudio.StartPacedAsync(folder.Home, TimeSpan.FromMilliseconds(1));
        await using BrowserWindow window = await session.Browser.OpenAsync(studio.Address);
        await window.GoAsync("/launch");
        ILocator time = window.Page.Locator(".facts .time");
        await Assertions.Expect(time).ToContainTextAsync(
            new Regex(@"about .*\s+plus evaluations; \d+ ms per step, measured over \d+ steps"), new() { Timeout = 30_000 });
        Assert.Empty(studio.Services.GetRequiredService<IRunHistory>().ListRuns());

        await window.Page.GetByLabel("Steps", new() { Exact = true }).FillAsync("40");
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Launch this run" }).ClickAsync();
        await Assertions.Expect(window.Page.Locator(".state.state-finished")).ToHaveCountAsync(1, new() { Timeout = 30_000 });
        await window.GoAsync("/launch");
        await Assertions.Expect(time).ToContainTextAsync(new Regex(@"about .*\s+measured in .*"), new() { Timeout = 15_000 });
        Assert.Empty(window.Problems);
    }

    [Theory]
    [InlineData("Steps", "0", "Steps must be a ")]
    [InlineData("Steps", "many", "Steps must be a ")]
    [InlineData("Evaluate every", "-5", "Evaluate every must be a ")]
    [InlineData("Batch size", "1.5", "Batch size must be a ")]
    [InlineData("Random seed", "-1", "Random seed must be a ")]
    [InlineData("Alpha", "1.2", "Alpha must be a ")]
    [InlineData("Alpha", "", "Alpha must be a ")]
    [InlineData("Learning rate", "0", "Learning rate must be a ")]
    [InlineData("Learning rate", "fast", "Learning rate must be a ")]
    [InlineData("Gradient accumulation", "0", "Gradient accumulation must be a ")]
    [InlineData("Subsample", "0", "Subsample must be a ")]
    [InlineData("Input length", "1", "Input length must be a ")]
    [InlineData("Answer length", "9999999", "Answer length must be a ")]
    [InlineData("Rows evaluated", "0", "Rows evaluated must be a ")]
    [InlineData("Threads", "-2", "Threads must be a ")]
    public async Task Field_BadValue_SaysWhyAndNothingCanBeLaunched(string label, string value, string why)
    {
        await using BrowserWindow window = await session.Browser.OpenAsync(session.Address);
        await window.GoAsync("/launch");
        await window.Page.Locator("summary", new() { HasText = "Advanced" }).ClickAsync();
        ILocator field = window.Page.Locator("input.mud-input-slot").And(window.Page.GetByLabel(label, new() { Exact = true }));
        await field.FillAsync(value);
        await Assertions.Expect(
            window.Page.Locator(".mud-input-helper-text.mud-input-error")
                .Or(window.Page.Locator(".mud-input-error"))).Not.ToHaveCountAsync(0);
        await Assertions.Expect(window.Page.Locator(".problems")).ToContainTextAsync(why);
        await Assertions.Expect(window.Page.GetByRole(AriaRole.Button, new() { Name = "Launch pair" })).ToBeDisabledAsync();
        await Assertions.Expect(window.Page.GetByRole(AriaRole.Button, new() { Name = "Launch this run" })).ToBeDisabledAsync();
    }

    [Fact]
    public async Task Advanced_ItsKeyOrItsTitlePressed_OpensAndShuts_AndKeepsWhatWasTyped()
    {
        await using BrowserWindow window = await session.Browser.OpenAsync(session.Address);
        await window.GoAsync("/launch");
        ILocator rate = window.Page.Locator("#field-LearningRate");
        await Assertions.Expect(rate).ToHaveCountAsync(0);
        await window.Page.Keyboard.PressAsync("a");
        await rate.FillAsync("0.01");
        await window.Page.Locator("summary", new() { HasText = "Advanced" }).ClickAsync();
        await Assertions.Expect(rate).ToBeHiddenAsync();
        await window.Page.Keyboard.PressAsync("a");
        await Assertions.Expect(rate).ToBeVisibleAsync();
        await Assertions.Expect(rate).ToHaveValueAsync("0.01");
    }

    [Fact]
    public async Task StandardOnTruth_TeacherAndAlpha_CannotBeChosenAndSayWhy()
    {
        await using BrowserWindow window = await session.Browser.OpenAsync(session.Address);
        await window.GoAsync("/launch");
        await window.Page.GetByRole(AriaRole.Radio, new() { Name = "Standard" }).CheckAsync();
        await Assertions.Expect(window.Page.Locator("#field-Alpha")).ToBeDisabledAsync();
        await Assertions.Expect(window.Page.Locator(".form")).ToContainTextAsync("Standard training on true labels uses no teacher.");
        await Assertions.Expect(window.Page.Locator(".form")).ToContainTextAsync("there is nothing to weigh");
        await Assertions.Expect(window.Page.GetByLabel("Command line", new() { Exact = true }).First)
            .ToContainTextAsync("--model_type standard");
    }

    [Fact]
    public async Task Form_Reloaded_KeepsWhatWasTyped()
    {
        await using BrowserWindow window = await session.Browser.OpenAsync(session.Address);
        await window.GoAsync("/launch");
        await window.Page.GetByLabel("Steps", new() { Exact = true }).FillAsync("321");
        await Assertions.Expect(window.Page).ToHaveURLAsync(new Regex("max_steps=321"), new() { Timeout = 30_000 });
        await window.Page.ReloadAsync();
        await Assertions.Expect(window.Page.GetByLabel("Steps", new() { Exact = true })).ToHaveValueAsync("321");
    }

    [Fact]
    public async Task Dataset_ChosenAfterTheDemo_BringsItsDefaults_AndANoticeThatCanBeDismissed()
    {
        using var folder = new TempFolder();
        folder.Write(
            "datasets/cqa/cqa_train.json",
            """{"question":"Where do fish live?","choices":["sea","sky","fire","desk","moon"],"answer":"sea"}""");
        Directory.CreateDirectory(folder["datasets/cqa/llm"]);
        await using RunningStudio studio = await RunningStudio.StartPacedAsync(folder.Home);
        await using BrowserWindow window = await session.Browser.OpenAsync(studio.Address);
        await window.GoAsync("/launch");
        await window.Page.GetByLabel("Steps", new() { Exact = true }).FillAsync("123");
        await window.Page.Keyboard.PressAsync("Tab");

        await window.Page.Locator(".mud-select", new() { HasText = "Dataset" }).First.ClickAsync();
        await window.Page.Locator(".mud-popover-open .mud-list-item", new() { HasText = "cqa" }).ClickAsync();

        await Assertions.Expect(window.Page.Locator("#field-BatchSize")).ToHaveValueAsync("64");
        await Assertions.Expect(window.Page.Locator("#field-MaxSteps")).ToHaveValueAsync("123"); // set by hand
        ILocator notice = window.Page.GetByRole(AriaRole.Status).Filter(
            new() { HasText = "Changed to the defaults for cqa: learning rate 5e-5, batch size 64, evaluate every 250 steps" });
        await Assertions.Expect(notice).ToBeVisibleAsync();
        await window.SettleAsync();
        await window.Page.ScreenshotAsync(
            new() { Path = Path.Combine(AppContext.BaseDirectory, "TestResults", "pages", "launch-notice.png") });
        AxeResult axe = await window.Page.RunAxe();
        Assert.DoesNotContain(axe.Violations, v => v.Impact is "serious" or "critical");
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Dismiss this notice" }).ClickAsync();
        await Assertions.Expect(window.Page.Locator(".notice")).ToHaveCountAsync(0);

        await Assertions.Expect(window.Page).ToHaveURLAsync(new Regex(@"/launch\?dataset=cqa&max_steps=123$"), new() { Timeout = 30_000 });
        await window.Page.ReloadAsync();
        await Assertions.Expect(window.Page.Locator("#field-MaxSteps")).ToHaveValueAsync("123");
        await Assertions.Expect(window.Page.Locator("#field-BatchSize")).ToHaveValueAsync("64");
        await window.Page.Keyboard.PressAsync("a");
        await Assertions.Expect(window.Page.Locator("#field-LearningRate")).ToHaveValueAsync("5e-05");
        Assert.Empty(window.Problems);
    }

    [Fact]
    public async Task EarlierRunAndFile_AsStart_FillTheForm()
    {
        RunSummary like = session.Studio.Services.GetRequiredService<IRunHistory>().ListRuns().First(r => r.Spec.Alpha == 0.3);
        await using BrowserWindow window = await session.Browser.OpenAsync(session.Address);
        await window.GoAsync($"/launch?like={like.Id}");
        await Assertions.Expect(window.Page.Locator("#field-Alpha")).ToHaveValueAsync("0.3");
        await window.Page.Locator("#spec-file").SetInputFilesAsync(
            new FilePayload
            {
                Name = "spec.json",
                MimeType = "application/json",
                Buffer = """{ "dataset": "demo", "from_pretrained": "demo", "alpha": 0.9, "llm": "demo" }"""u8.ToArray(),
            });
        await Assertions.Expect(window.Page.Locator("#field-Alpha")).ToHaveValueAsync("0.9");
        await window.Page.Locator("#spec-file").SetInputFilesAsync(
            new FilePayload { Name = "notes.json", MimeType = "application/json", Buffer = "[1, 2]"u8.ToArray() });
        await Assertions.Expect(window.Page.Locator(".mud-snackbar").Last).ToContainTextAsync("notes.json is not a run's spec.json");
        await Assertions.Expect(window.Page.Locator("#field-Alpha")).ToHaveValueAsync("0.9");
    }
}
