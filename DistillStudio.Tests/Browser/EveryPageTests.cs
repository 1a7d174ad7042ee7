using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using DistillStudio.Cluster;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.History;
using DistillStudio.Jobs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace DistillStudio.Tests.Browser;

/// <summary>Each page with real content, light and dark, narrow and wide: drawn without an error, usable by everyone, and kept as a picture
/// to look at.</summary>
[Trait("Needs", "browser")]
[Collection(nameof(MeasuredAlone))]
public sealed class EveryPageTests(StudioSession session, StudiesSession studies)
    : IClassFixture<StudioSession>, IClassFixture<StudiesSession>
{
    private static readonly string Pictures = Path.Combine(AppContext.BaseDirectory, "TestResults", "pages");

    public static TheoryData<string, int, bool> Views()
    {
        var views = new TheoryData<string, int, bool>();
        string[] pages =
        [
            "runs", "launch", "run", "compare", "seeds", "failed", "datasets", "import", "dataset", "models", "model", "teachers",
            "teacher", "review",
            "study", "alphas", "new-study", "help", "cluster",
        ];
        foreach (string page in pages)
        {
            views.Add(page, 390, false);
            views.Add(page, 390, true);
            views.Add(page, 640, false); // 1,280 at 200 % zoom
            views.Add(page, 1280, true);
            views.Add(page, 2560, false);
        }

        foreach (string page in
            new[]
            {
                "empty",
                "busy",
                "table",
                "pick",
                "missing",
                "new-teacher",
                "studies",
                "no-studies",
                "no-study",
                "grouped",
                "study-table",
                "profile",
                "no-cluster",
            })
        {
            views.Add(page, 390, true);
            views.Add(page, 1280, false);
        }

        views.Add("empty", 2560, false);

        return views;
    }

    [Theory]
    [MemberData(nameof(Views))]
    public async Task Page_AnyWidthAndTheme_IsDrawnAndHasNoViolation(string page, int width, bool isDark)
    {
        using SeededHome? home = page is "empty" or "busy" or "no-studies" or "cluster" or "profile" or "no-cluster"
            ? new SeededHome()
            : null;
        await using RunningStudio? other = home is null ? null
            : page is "cluster" or "profile" or "no-cluster" ? await StartClusteredAsync(home, hasSlurm: page != "no-cluster")
            : await RunningStudio.StartPacedAsync(home.Home);
        await using BrowserWindow window = await session.Browser.OpenAsync(other?.Address
            ?? (
                page is "study" or "alphas" or "new-study" or "studies" or "no-study" or "grouped" or "study-table"
                    ? studies.Address
                    : session.Address),
            width, width < 600 ? 844 : 900, isDark);
        if (page == "busy")
        {
            await MakeBusyAsync(home!, other!);
        }

        if (page is "teachers" or "teacher" or "review")
        {
            await SeededTeacher.PutAsync(session.Studio.Services.GetRequiredService<StudioHome>());
        }

        await window.GoAsync(PathOf(page));
        if (page == "new-teacher")
        {
            await window.Page.Locator("pre.prompt").WaitForAsync();
        }

        if (page is "run" or "compare" or "seeds" or "study" or "alphas")
        {
            await window.Page.Locator(".loss-chart .main-svg").First.WaitForAsync();
        }

        if (page is "compare" or "seeds")
        {
            await window.Page.GetByRole(AriaRole.Region, new() { Name = "Methods" }).First.WaitForAsync();
        }

        if (page == "new-study")
        {
            await Assertions.Expect(window.Page.Locator(".facts")).ToContainTextAsync("finished already");
        }

        if (page is "studies" or "study-table")
        {
            await window.Page.GetByRole(AriaRole.Table).First.WaitForAsync();
        }

        if (page is "cluster" or "profile")
        {
            await window.Page.GetByRole(AriaRole.Region, new() { Name = "Nodes", Exact = true }).WaitForAsync();
        }

        await window.SettleAsync();
        await window.Page.ScreenshotAsync(
            new() { Path = Path.Combine(Pictures, $"{page}-{width}-{(isDark ? "dark" : "light")}.png"), FullPage = true });
        Assert.Equal([], window.Problems.Where(p => page != "missing" || !p.Contains("404", StringComparison.Ordinal)));

        bool isWiderThanScreen = await window.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth > window.innerWidth");
        Assert.False(isWiderThanScreen, "the page scrolls sideways");
        AxeResult result = await window.Page.RunAxe();
        string violations = string.Join(
            '\n',
            result.Violations.SelectMany(v => v.Nodes.Select(n => $"{v.Id}: {n.Html}")));
        Assert.True(violations.Length == 0, violations);
    }

    private string PathOf(string page)
    {
        IReadOnlyList<RunSummary> runs = session.Studio.Services.GetRequiredService<IRunHistory>().ListRuns();
        RunSummary[] pair = [.. runs.Where(r => r.Group == "pair-0").Reverse()];
        return page switch
        {
            "launch" => "/launch",
            "help" => "/help/studio",
            "datasets" => "/datasets",
            "import" => "/datasets/import",
            "dataset" => "/datasets/demo",
            "models" => "/models?get=google/t5-efficient-mini",
            "model" => "/models/demo",
            "teachers" => "/teachers",
            "new-teacher" => "/teachers/new?name=mine&model=m",
            "teacher" => "/teachers/demo/mine/train",
            "review" => "/teachers/demo/mine/train/review",
            "run" => $"/runs/{pair[1].Id}?more=1",
            "table" => $"/runs/{pair[1].Id}?table=1",
            "studies" or "no-studies" => "/studies",
            "study" => $"/studies/{StudiesSession.Fractions}",
            "study-table" => $"/studies/{StudiesSession.Fractions}?table=curves,subsample",
            "alphas" => $"/studies/{StudiesSession.Alphas}",
            "no-study" => "/studies/nothing",
            "new-study" => "/launch/study?dataset=demo&model_type=standard,task_prefix&alpha=0.1,0.5,0.9&seeds=3&sequential=1",
            "grouped" => "/?group=seeds",
            "pick" => "/compare",
            "missing" => "/nowhere",
            "cluster" or "no-cluster" => "/cluster",
            "profile" => "/cluster?new=1",
            "compare" => $"/compare?runs={pair[0].Id},{pair[1].Id}",
            "seeds" =>
                $"/compare?runs={string.Join(',', runs.Where(r => r.Group?.StartsWith("pair", StringComparison.Ordinal) == true).OrderBy(r => r.Spec.Method, StringComparer.Ordinal).Select(r => r.Id))}",
            "failed" => $"/runs/{runs.First(r => r.State == RunState.Failed).Id}",
            _ => "/",
        };
    }

    /// <summary>A cluster with three nodes, two profiles and three jobs.</summary>
    private static Task<RunningStudio> StartClusteredAsync(SeededHome home, bool hasSlurm)
    {
        var profiles = new ClusterProfiles(home.Home);
        profiles.Save(new() { Name = "a100", Partition = "gpu", Gres = "gpu:a100:1", Cpus = 8, Memory = "32G", TimeLimit = "8:00:00" });
        profiles.Save(new() { Name = "long", Partition = "long", Preamble = ["module load cuda"], Options = ["--qos=low"] });
        profiles.SetDefault("a100");
        var slurm = new FakeSlurm { WhyUnavailable = hasSlurm ? null : "Slurm is not installed here: there is no sbatch." };
        slurm.Jobs.AddRange(
        [
            FakeSlurm.Job("812_3", JobState.Pending, reason: "Resources"),
            FakeSlurm.Job("812_0", JobState.Running, node: "n1"),
            FakeSlurm.Job("807", JobState.TimedOut, reason: "TimeLimit", node: "n2"),
        ]);
        return RunningStudio.StartPacedAsync(home.Home, slurm);
    }

    /// <summary>One run trains, three wait, one cannot be read.</summary>
    private static async Task MakeBusyAsync(SeededHome home, RunningStudio studio)
    {
        string broken = Directory.CreateDirectory(Path.Combine(home.Home.Runs, "20260101-120000-demo-standard-beef")).FullName;
        await File.WriteAllTextAsync(Path.Combine(broken, "spec.json"), "{ \"dataset\": ", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(broken, "events.jsonl"), "", TestContext.Current.CancellationToken);
        var manager = studio.Services.GetRequiredService<IRunManager>();
        foreach (int seed in Enumerable.Range(0, 4))
        {
            manager.Launch(SeededHome.StepByStep with { Seed = seed, MaxSteps = 100_000 });
        }

        IRunHistory history = studio.Services.GetRequiredService<IRunHistory>();
        await Eventually.Holds(() => history.Unreadable.Count == 1 && history.ListRuns().Any(r => r.Step > 0));
    }
}
