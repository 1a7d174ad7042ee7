using System.Runtime.Versioning;
using DistillStudio.Cluster;
using DistillStudio.Commands;
using DistillStudio.History;

namespace DistillStudio.Tests.Commands.Clusters;

/// <summary>Runs that a terminal hands to a real Slurm while a studio has the home open.</summary>
[Collection(nameof(SlurmCluster))]
[Trait("Needs", "slurm")]
[SupportedOSPlatform("linux")]
public sealed class ClusterLaunchTests : IDisposable
{
    private const string Main = "main";

    private static readonly TimeSpan Long = TimeSpan.FromMinutes(6);

    private readonly SlurmCluster _cluster;
    private readonly TempFolder _folder = new();

    public ClusterLaunchTests(SlurmCluster cluster)
    {
        SlurmCluster.Require();
        _cluster = cluster;
        var profiles = new ClusterProfiles(_folder.Home);
        profiles.Save(new() { Name = Main, Partition = "main" });
        profiles.Save(new() { Name = "nowhere", Partition = "nowhere" });
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(Main)]
    [InlineData("nowhere")]
    public async Task Train_WhileAStudioIsOpen_WaitsForSlurmsAnswer(string profile)
    {
        await using RunningStudio studio = await RunningStudio.StartAsync(_folder.Home);

        CommandResult train = await InProcess.RunAsync(
        [
            "train", "--dataset", "demo", "--from_pretrained", "demo", "--max_steps", "2", "--eval_steps", "2", "--batch_size", "8",
            "--eval_limit", "8", "--gen_max_len", "4", "--threads", "1", "--on", profile, "--home", _folder.Path,
        ]);

        RunSummary run = Assert.Single(studio.History.ListRuns());
        if (profile == Main)
        {
            Assert.True(train.ExitCode == ExitCodes.Done, train.Error);
            Assert.Contains($"{run.Id} is job {run.Placement!.Job!.Id};", train.Out, StringComparison.Ordinal);
            await Eventually.Holds(() => studio.History.Find(run.Id)!.State == RunState.Finished, Long);
            return;
        }

        Assert.Equal(ExitCodes.Failed, train.ExitCode);
        Assert.Contains($"{run.Id} failed: Slurm refuses the job: sbatch: invalid partition", train.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Train_WhileAStudioIsOpenAndSlurmIsDown_SaysThatItIsRetried()
    {
        await using RunningStudio studio = await RunningStudio.StartAsync(_folder.Home);
        await _cluster.StopControllerAsync();
        CommandResult train;
        try
        {
            train = await InProcess.RunAsync(
            [
                "train", "--dataset", "demo", "--from_pretrained", "demo", "--max_steps", "2", "--on", Main, "--home", _folder.Path,
            ]);
        }
        finally
        {
            await _cluster.StartControllerAsync();
        }

        Assert.True(train.ExitCode == ExitCodes.Done, train.Error);
        Assert.Contains("is queued and not submitted yet", train.Out, StringComparison.Ordinal);
        studio.Manager.Cancel(Assert.Single(studio.History.ListRuns()).Id);
    }
}
