using DistillStudio.Engine.Runs;

namespace DistillStudio.Tests.Commands;

/// <summary><c>train --branch</c> as a user types it.</summary>
public sealed class BranchCommandTests : IDisposable
{
    private readonly SmallWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task Train_Branch_ContinuesWithItsChangesAndLeavesHomeAsAWholeRun()
    {
        string parent = await TrainAsync();
        string id = Path.GetFileName(parent);

        CommandResult result = await ProgramRun.ToEndAsync(
            ["train", "--branch", id, "--at", "6", "--alpha", "0.9", "--max_steps", "14", "--home", _world.Home]);

        Assert.True(result.ExitCode == 0, result.Error);
        string branch = Assert.Single(_world.RunFolders(), folder => folder != parent);
        RunEvent[] events = [.. EventLine.ReadAll(Path.Combine(branch, "events.jsonl"))];
        Assert.Equal(Enumerable.Range(1, 14), events.OfType<StepCompleted>().Select(step => step.Step));
        Assert.Equal(["max_steps", "alpha"], events.OfType<Branched>().Single().Changes.Select(change => change.Setting).OrderDescending());
        Assert.Contains($"branch of {id} from step 6 on", result.Out, StringComparison.Ordinal);

        // whole and by itself: without its parent it is verified, exported and taken in elsewhere
        Directory.Delete(parent, recursive: true);
        string archive = Path.Combine(_world.Root, "branch.zip"), other = Path.Combine(_world.Root, "other");
        await DoneAsync("runs", "verify", Path.GetFileName(branch), "--home", _world.Home);
        await DoneAsync(
            "runs", "export", Path.GetFileName(branch), "--format", "zip", "--weights", "--out", archive, "--home", _world.Home);
        await DoneAsync("runs", "import", archive, "--home", other);
        CommandResult shown = await DoneAsync("runs", "show", Path.GetFileName(branch), "--home", other);
        Assert.Contains($"{id}, from step 6 on", shown.Out, StringComparison.Ordinal);
        await DoneAsync(
            "train", "--branch", Path.GetFileName(branch), "--at", "6", "--max_steps", "8", "--home", other, "--eval_steps", "2");
    }

    [Fact]
    public async Task Train_BranchThatCannotBe_IsRefusedInSentencesAndLeavesNothing()
    {
        string parent = await TrainAsync();
        string id = Path.GetFileName(parent);

        Assert.Contains("step 6 or 12", await WhyAsync("--branch", id), StringComparison.Ordinal);
        Assert.Contains("--at 7 is not a checkpoint", await WhyAsync("--branch", id, "--at", "7"), StringComparison.Ordinal);
        Assert.Contains("--at 12 leaves nothing", await WhyAsync("--branch", id, "--at", "12"), StringComparison.Ordinal);
        Assert.Contains(
            "--batch_size cannot change", await WhyAsync("--branch", id, "--at", "6", "--batch_size", "4"), StringComparison.Ordinal);
        Assert.Contains("--resume cannot", await WhyAsync("--branch", id, "--at", "6", "--resume", parent), StringComparison.Ordinal);
        Assert.Contains("--no_log cannot", await WhyAsync("--branch", id, "--at", "6", "--no_log"), StringComparison.Ordinal);
        Assert.Contains("There is no run", await WhyAsync("--branch", "nothing", "--at", "6"), StringComparison.Ordinal);
        Assert.Contains(
            "--branch", await WhyAsync("--at", "6", "--dataset", "demo"), StringComparison.Ordinal);
        Assert.Equal([parent], Directory.GetFileSystemEntries(Path.Combine(_world.Home, "runs")));
    }

    private async Task<string> TrainAsync()
    {
        CommandResult trained = await ProgramRun.ToEndAsync(_world.Train());
        Assert.True(trained.ExitCode == 0, trained.Error);
        return Assert.Single(_world.RunFolders());
    }

    private async Task<string> WhyAsync(params string[] flags)
    {
        CommandResult result = await InProcess.RunAsync(["train", .. flags, "--home", _world.Home]);
        Assert.Equal(2, result.ExitCode);
        return Assert.Single(result.Problems);
    }

    private static async Task<CommandResult> DoneAsync(params string[] arguments)
    {
        CommandResult result = await ProgramRun.ToEndAsync(arguments);
        Assert.True(result.ExitCode == 0, result.Error + result.Out);
        return result;
    }
}
