using AngleSharp.Dom;
using Bunit;
using DistillStudio.Cluster;
using DistillStudio.Components.Pages.Launch;
using DistillStudio.History;
using DistillStudio.Jobs;
using Microsoft.Extensions.DependencyInjection;

namespace DistillStudio.Tests.Components.Pages.Launch;

/// <summary>Where the forms' runs are trained: on this machine, or with a profile of the cluster.</summary>
public sealed class RunOnTests : StudioContext
{
    private const string Demo = "launch?dataset=cqa&from_pretrained=trained&llm=palm";

    private readonly FakeSlurm _slurm = new();
    private readonly ClusterProfiles _profiles;

    public RunOnTests()
    {
        _profiles = new(Bench.Home);
        Services.AddSingleton<ILaunchFacts>(new KnownFacts());
        Services.AddSingleton<IRunManager>(
            new RunManager(Bench.Home, Bench.Editor, Bench.Queue, Bench.Active, Bench.Follower, TimeProvider.System, _slurm));
    }

    [Fact]
    public void Form_WithoutSlurm_HasThisMachineOnly_AndSaysWhatItNeeds()
    {
        _slurm.WhyUnavailable = "Slurm is not installed here: there is no sbatch.";
        _profiles.Save(new() { Name = "gpu" });
        _profiles.SetDefault("gpu");

        IRenderedComponent<LaunchPage> page = Open<LaunchPage>(Demo);

        Assert.True(page.Find(".run-on input").HasAttribute("disabled"));
        Assert.Contains(_slurm.WhyUnavailable, page.Find(".run-on").TextContent, StringComparison.Ordinal);
        Assert.Equal("cluster", page.Find(".run-on a").GetAttribute("href"));
        Assert.Contains("This machine", page.Find(".run-on").InnerHtml, StringComparison.Ordinal);
    }

    [Fact]
    public void Form_WithoutProfiles_SaysToAddOne()
    {
        IRenderedComponent<StudyLaunchPage> page = Open<StudyLaunchPage>("launch/study");

        Assert.True(page.Find(".run-on input").HasAttribute("disabled"));
        Assert.Contains("add one.", page.Find(".run-on").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pair_WithTheDefaultProfile_IsPlacedOnIt()
    {
        _profiles.Save(new() { Name = "gpu" });
        _profiles.Save(new() { Name = "long" });
        _profiles.SetDefault("long");
        IRenderedComponent<LaunchPage> page = Open<LaunchPage>(Demo);

        Assert.Equal("long", Chosen(page));
        Assert.EndsWith(" --on long", page.Find(".copy-box pre").TextContent.Trim(), StringComparison.Ordinal);
        await page.InvokeAsync(() => Button(page, "Launch pair").Click());

        Assert.Equal(["long", "long"], Bench.Queue.Waiting().Select(run => run.Placement?.Profile));
    }

    [Theory]
    [InlineData("on=gpu", "gpu")]
    [InlineData("on=this%20machine", null)]
    [InlineData("", "long")]
    public async Task Run_PlaceOfTheAddress_IsWhereItIsTrained(string query, string? profile)
    {
        _profiles.Save(new() { Name = "gpu" });
        _profiles.Save(new() { Name = "long" });
        _profiles.SetDefault("long");
        IRenderedComponent<LaunchPage> page = Open<LaunchPage>($"{Demo}&{query}");

        await page.InvokeAsync(() => Button(page, "Launch this run").Click());

        Assert.Empty(page.FindAll(".link-notice"));
        Assert.Equal(profile, Assert.Single(Bench.Queue.Waiting()).Placement?.Profile);
    }

    [Theory]
    [InlineData("nope", "on=nope has no effect; give gpu or this machine.")]
    [InlineData("../../etc", "on=../../etc has no effect; give gpu or this machine.")]
    public void Link_WithAProfileThatIsNotThere_SaysSo(string on, string problem)
    {
        _profiles.Save(new() { Name = "gpu" });
        IRenderedComponent<LaunchPage> page = Open<LaunchPage>($"{Demo}&on={Uri.EscapeDataString(on)}");

        Assert.Contains(problem, page.Find(".link-notice").TextContent, StringComparison.Ordinal);
        Assert.False(Button(page, "Launch this run").HasAttribute("disabled"));
    }

    [Fact]
    public void Link_WithAProfileWithoutSlurm_SaysWhy()
    {
        _slurm.WhyUnavailable = "Slurm is not installed here: there is no sbatch.";
        IRenderedComponent<StudyLaunchPage> page = Open<StudyLaunchPage>("launch/study?on=gpu");

        Assert.Contains(
            $"on=gpu has no effect: {_slurm.WhyUnavailable}", page.Find(".link-notice").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Form_LikeAPlacedRun_StartsWithItsProfile()
    {
        _profiles.Save(new() { Name = "gpu" });
        Add("placed", run => run with { Placement = new RunPlacement("gpu") });

        Assert.Equal("gpu", Chosen(Open<LaunchPage>("launch?like=placed")));
    }

    private static string? Chosen(IRenderedComponent<LaunchPage> page) => page.FindComponent<RunOnField>().Instance.Value.Profile;

    private static IElement Button(IRenderedComponent<LaunchPage> page, string text) =>
        page.FindAll("button").Single(b => b.TextContent.Contains(text, StringComparison.Ordinal));
}
