using System.Text.Json;
using System.Text.RegularExpressions;
using AngleSharp.Dom;
using Bunit;
using DistillStudio.Cluster;
using DistillStudio.Components.Interactivity;
using DistillStudio.Components.Pages.Cluster;
using DistillStudio.Engine.Settings;
using DistillStudio.History;
using DistillStudio.Jobs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistillStudio.Tests.Components.Pages.Cluster;

/// <summary>The page of the cluster: what Slurm tells, and the profiles.</summary>
public sealed class ClusterPageTests : StudioContext
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    private readonly FakeSlurm _slurm = new();
    private readonly ClusterProfiles _profiles;

    public ClusterPageTests()
    {
        _profiles = new(Bench.Home);
        Services.AddSingleton<ISlurm>(_slurm);
        Services.AddSingleton(_profiles);
        Services.AddSingleton<ClusterTester>();
        Services.AddSingleton(new ClusterDispatcher(
            Bench.Home, _slurm, Bench.History, Bench.Queue, Bench.Editor, Bench.Follower, TimeProvider.System,
            NullLogger<ClusterDispatcher>.Instance));
    }

    [Fact]
    public void Cluster_WithJobs_ShowsNodesAndJobsWithTheirRuns()
    {
        _slurm.Jobs.Add(FakeSlurm.Job("12_1", JobState.Pending, "abc", "Resources"));
        _slurm.Jobs.Add(FakeSlurm.Job("12_0", JobState.Running, "abc", node: "n1"));
        _slurm.Jobs.Add(FakeSlurm.Job("9", JobState.Running, "an earlier use of the id"));
        Add("mine", run => run with { Placement = new("gpu") { Job = new("abc") { Index = 0, Id = "12_0" } } }, RunState.Running);
        Add("other", run => run with { Placement = new("gpu") { Job = new("new") { Id = "9" } } }, RunState.Running);

        IRenderedComponent<ClusterPage> page = Show("cluster");

        Assert.Equal(["12_0", "9", "12_1"], Column(page, "Jobs", 0).Order().OrderBy(id => id == "12_1"));
        Assert.Equal(["runs/mine?output=1"], page.FindAll("[aria-label='Jobs'] a").Select(link => link.GetAttribute("href")));
        Assert.Contains("waiting", Column(page, "Jobs", 1)[^1], StringComparison.Ordinal);
        Assert.Contains("Resources", Column(page, "Jobs", 1)[^1], StringComparison.Ordinal);
        Assert.Equal(["n1", "n2", "n3"], Column(page, "Nodes", 0));
        Assert.Equal(["8 of 32", "32 of 32", "0 of 32"], Column(page, "Nodes", 2));
        Assert.Equal(["5 of 12", "4 of 4"], Column(page, "Partitions", 3));
        Assert.Contains("fan of GPU 2 broken", page.Markup, StringComparison.Ordinal);
        Assert.Contains("1 of 3", page.Find(".tiles").TextContent, StringComparison.Ordinal); // a node of two partitions counts once
        Assert.Contains("5 of 12", page.Find(".tiles").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Cluster_WithoutSlurm_SaysWhatItNeeds_AndKeepsTheProfiles()
    {
        _slurm.WhyUnavailable = "Slurm is not installed here: there is no sbatch.";
        _profiles.Save(new() { Name = "gpu" });

        IRenderedComponent<ClusterPage> page = Open<ClusterPage>("cluster");
        page.WaitForAssertion(() => Assert.NotEmpty(page.FindAll(".needs")), Long);
        page.WaitForAssertion(() => Assert.NotEmpty(page.FindAll(".profile")), Long);

        Assert.Contains(_slurm.WhyUnavailable, page.Find(".needs").TextContent, StringComparison.Ordinal);
        Assert.Equal("help/cluster", page.Find(".needs a").GetAttribute("href"));
        Assert.True(Button(page, "Test this profile").HasAttribute("disabled"));
        Assert.Empty(page.FindAll("[aria-label='Nodes']"));
    }

    [Fact]
    public void Cluster_ThatDoesNotAnswer_IsToldInSlurmsWords()
    {
        _slurm.Trouble = new SlurmException("slurm_load_node: Unable to contact slurm controller (connect failure)", isLasting: false);

        IRenderedComponent<ClusterPage> page = Open<ClusterPage>("cluster");

        page.WaitForAssertion(
            () => Assert.Contains("Unable to contact slurm controller", page.Find("[role=alert]").TextContent, StringComparison.Ordinal),
            Long);
    }

    [Fact]
    public async Task Cluster_PageHidden_IsNotAsked_AndItsQuestionEndsWithThePage()
    {
        PagePresence presence = Services.GetRequiredService<PagePresence>();
        presence.SetVisible(false);
        IRenderedComponent<ClusterPage> page = Open<ClusterPage>("cluster");
        page.WaitForAssertion(() => Assert.Contains("None yet", page.Markup, StringComparison.Ordinal), Long);
        Assert.Equal(0, _slurm.Asked);

        presence.SetVisible(true);
        page.WaitForAssertion(() => Assert.Equal(["n1", "n2", "n3"], Column(page, "Nodes", 0)), Long);
        await DisposeComponentsAsync();

        Assert.True(_slurm.Stop.IsCancellationRequested);
    }

    [Theory]
    [InlineData("Name", "../x", "The name \"../x\" is not one of a profile")]
    [InlineData("Partition", "a; rm -rf /", "The partition \"a; rm -rf /\" of profile mine is not valid; write it like gpu.")]
    [InlineData("Gres", "$(id)", "write it like gpu:1.")]
    [InlineData("Cpus", "many", "CPUs must be a whole number from 1 to 4096")]
    [InlineData("Cpus", "0", "The 0 CPUs of profile mine are out of range")]
    [InlineData("Memory", "lots", "write it like 16G.")]
    [InlineData("TimeLimit", "8h", "write it like 8:00:00.")]
    [InlineData("Notice", "", "The notice must be a whole number of seconds from 1 to 3600.")]
    [InlineData("Options", "--qos=high\n--array=1-9", "The option --array is set by the studio")]
    [InlineData("Scratch", "scratch here", "$TMPDIR or /scratch/$USER")]
    [InlineData("Program", "DistillStudio", "/opt/distillstudio/DistillStudio")]
    public async Task Form_WithABadValue_SaysSoAtItsField_AndSavesNothing(string field, string value, string problem)
    {
        IRenderedComponent<ClusterPage> page = Show("cluster?new=1");
        await FillAsync(page, "Name", "mine");
        await FillAsync(page, field, value);

        IElement control = page.Find($".mud-input-control:has(#profile-{field})");
        Assert.Contains(problem, control.TextContent, StringComparison.Ordinal);
        Assert.Single(page.FindAll(".profile-form .mud-input-helper-text.mud-input-error"));
        Assert.True(Button(page, "Test this profile").HasAttribute("disabled"));
        await page.InvokeAsync(() => Button(page, "Save").Click());
        Assert.Empty(_profiles.List());
    }

    [Fact]
    public async Task Form_Filled_SavesTheProfile_WhichCanBeChangedMadeDefaultAndRemoved()
    {
        IRenderedComponent<ClusterPage> page = Show("cluster?new=1");
        foreach ((string field, string value) in new[]
        {
            ("Name", "a100"), ("Partition", "gpu"), ("Gres", "gpu:a100:1"), ("Cpus", "8"), ("Memory", "32G"), ("TimeLimit", "8:00:00"),
            ("Options", "--qos=high\n\n--exclusive"), ("Preamble", "module load cuda\nexport A='b c'"), ("Notice", "90"),
        })
        {
            await FillAsync(page, field, value);
        }

        await page.InvokeAsync(() => Button(page, "Save").Click());
        page.WaitForAssertion(() => Assert.NotEmpty(page.FindAll("[aria-label='Profile a100']")), Long);

        ClusterProfile saved = Assert.Single(_profiles.List());
        Assert.Equal(
            ("a100", "gpu", "gpu:a100:1", 8, "32G", "8:00:00", 90),
            (saved.Name, saved.Partition, saved.Gres, saved.Cpus, saved.Memory, saved.TimeLimit, saved.Notice));
        Assert.Equal(["--qos=high", "--exclusive"], saved.Options);
        Assert.Equal(["module load cuda", "export A='b c'"], saved.Preamble);
        Assert.Contains("2 lines", page.Find("[aria-label='Profile a100']").TextContent, StringComparison.Ordinal);

        await page.InvokeAsync(() => page.Find("[aria-label='Edit a100']").Click());
        Assert.Equal("gpu:a100:1", page.Find("#profile-Gres").GetAttribute("value"));
        await FillAsync(page, "Gres", "");
        await page.InvokeAsync(() => Button(page, "Save").Click());
        page.WaitForAssertion(() => Assert.Null(_profiles.Get("a100").Gres), Long);
        Assert.Equal(8, _profiles.Get("a100").Cpus);

        page.WaitForAssertion(() => Assert.Empty(page.FindAll(".profile-form")), Long);
        await page.InvokeAsync(() => page.FindComponent<ProfileCard>().Instance.SetDefault.InvokeAsync(true));
        page.WaitForAssertion(() => Assert.Equal("default", page.Find(".profile .tag").TextContent), Long);
        Assert.Equal("a100", _profiles.Default);
    }

    [Fact]
    public async Task Form_NameThatIsThere_ReplacesNothing()
    {
        _profiles.Save(new() { Name = "gpu", Memory = "1G" });
        IRenderedComponent<ClusterPage> page = Show("cluster?new=1");
        await FillAsync(page, "Name", "gpu");

        Assert.Contains("There is a profile gpu already", page.Find(".profile-form").TextContent, StringComparison.Ordinal);
        await page.InvokeAsync(() => Button(page, "Save").Click());
        Assert.Equal("1G", _profiles.Get("gpu").Memory);
    }

    [Fact]
    public void Link_ToAProfileThatIsNotThere_SaysSo()
    {
        _profiles.Save(new() { Name = "gpu" });
        IRenderedComponent<ClusterPage> page = Open<ClusterPage>("cluster?edit=nope");
        page.WaitForAssertion(
            () => Assert.Contains("edit=nope has no effect; give gpu.", page.Find(".link-notice").TextContent, StringComparison.Ordinal),
            Long);
    }

    [Fact]
    public void Profiles_FileThatCannotBeRead_IsToldWithWhatToDo()
    {
        File.WriteAllText(Path.Combine(Bench.Home.Path, "cluster.json"), "{ not json");
        IRenderedComponent<ClusterPage> page = Open<ClusterPage>("cluster");
        page.WaitForAssertion(
            () => Assert.Contains("cluster.json cannot be read", page.Find("[role=alert]").TextContent, StringComparison.Ordinal), Long);
    }

    [Fact]
    public async Task Test_OfAProfile_TellsItsJobAndThenWhatItFound()
    {
        _profiles.Save(new() { Name = "gpu" });
        _slurm.Run = script =>
        {
            var found = new ClusterProbe("n2", "1.0", "a machine", 8, "2.7", null, ["NVIDIA A100"], null, 3.2);
            File.WriteAllText(
                Regex.Match(script, "--out '?([^'\n]+)'?\n").Groups[1].Value, JsonSerializer.Serialize(found, EngineJson.Spec));
            return FakeSlurm.Job("4711", JobState.Completed, node: "n2");
        };
        IRenderedComponent<ClusterPage> page = Show("cluster");

        await page.InvokeAsync(() => Button(page, "Test this profile").Click());

        page.WaitForAssertion(
            () => Assert.Contains("job 4711 ran on n2", page.Find(".profile").TextContent, StringComparison.Ordinal), Long);
        Assert.Contains("NVIDIA A100", page.Find(".profile").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Test_RefusedOrLeft_ShowsSlurmsWords_AndRemovesItsJob()
    {
        _profiles.Save(new() { Name = "gpu" });
        IRenderedComponent<ClusterPage> page = Show("cluster");
        await page.InvokeAsync(() => Button(page, "Test this profile").Click());
        page.WaitForAssertion(
            () => Assert.Contains("Job 4711 is waiting (Resources)", page.Find(".profile").TextContent, StringComparison.Ordinal), Long);
        await page.InvokeAsync(() => Button(page, "Stop").Click());
        page.WaitForAssertion(() => Assert.Equal(["4711"], _slurm.Cancelled), Long);

        _slurm.Trouble = new SlurmException("sbatch: error: invalid partition specified: nowhere", isLasting: true);
        page.WaitForAssertion(() => Assert.False(Button(page, "Test this profile").HasAttribute("disabled")), Long);
        await page.InvokeAsync(() => Button(page, "Test this profile").Click());
        page.WaitForAssertion(
            () => Assert.Contains("invalid partition specified", page.Find(".profile .bad").TextContent, StringComparison.Ordinal), Long);
    }

    /// <summary>Opens the page, and waits until Slurm has answered and the profiles are read.</summary>
    private IRenderedComponent<ClusterPage> Show(string address)
    {
        IRenderedComponent<ClusterPage> page = Open<ClusterPage>(address);
        page.WaitForAssertion(() => Assert.NotEmpty(page.FindAll("[aria-label='Nodes']")), Long);
        page.WaitForAssertion(() => Assert.DoesNotContain("Reading the profiles", page.Markup, StringComparison.Ordinal), Long);
        return page;
    }

    private static Task FillAsync(IRenderedComponent<ClusterPage> page, string field, string value) =>
        page.InvokeAsync(() => page.Find($"#profile-{field}").Input(value));

    private static string[] Column(IRenderedComponent<ClusterPage> page, string table, int column) =>
        [.. page.FindAll($"[aria-label='{table}'] tbody tr").Select(row => row.Children[column].TextContent.Trim())];

    private static IElement Button(IRenderedComponent<ClusterPage> page, string text) =>
        page.FindAll("button").Last(b => b.TextContent.Contains(text, StringComparison.Ordinal));
}
