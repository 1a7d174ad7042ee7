using System.Runtime.Versioning;
using DistillStudio.Cluster;
using DistillStudio.History;

namespace DistillStudio.Tests.Commands.Runs;

/// <summary>Runs on a real Slurm that are deleted from a terminal.</summary>
[Collection(nameof(SlurmCluster))]
[Trait("Needs", "slurm")]
[SupportedOSPlatform("linux")]
public sealed class DeleteCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public DeleteCommandTests() => SlurmCluster.Require();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Delete_RunWhoseJobWaits_LeavesNoJob()
    {
        new ClusterProfiles(_folder.Home).Save(new() { Name = "held", Partition = "main", Options = ["--hold"] });
        await using RunningStudio studio = await RunningStudio.StartAsync(_folder.Home);
        string id = studio.Manager.Launch(DemoTraining.Short, "held");
        await Eventually.Holds(
            () => studio.History.Find(id)!.Placement!.Job is { State: JobState.Pending, Id: not null }, TimeSpan.FromMinutes(1));

        CommandResult result = await InProcess.RunAsync(["runs", "delete", id, "--yes", "--home", _folder.Home.Path]);

        Assert.True(result.ExitCode == 0, result.Error);
        Assert.DoesNotContain(
            "PENDING", await SlurmCluster.RunAsync("squeue", "-h", "-t", "pending", "-o", "%T"), StringComparison.Ordinal);
    }
}
