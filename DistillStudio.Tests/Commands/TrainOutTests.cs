namespace DistillStudio.Tests.Commands;

/// <summary>Runs of several processes that name the same <c>--out</c>.</summary>
public sealed class TrainOutTests : IDisposable
{
    private readonly SmallWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task Train_OutOfARunThatTrains_IsRefusedUnderEachOfItsNamesUntilThatRunIsGone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Signals are POSIX.");
        string place = Path.Combine(_world.Root, "out");
        string model = Path.Combine(place, "model");
        using ProgramRun first = ProgramRun.Start(
            _world.Train("--max_steps", "100000", "--eval_steps", "100000", "--json", "--out", model));
        await first.LineAsync("\"step\":1,");
        Directory.CreateSymbolicLink(Path.Combine(_world.Root, "link"), place);

        foreach (string name in
            new[] { model, model + "/", Path.Combine(place, "..", "out", "model"), Path.Combine(_world.Root, "link", "model") })
        {
            CommandResult second = await InProcess.RunAsync(_world.Train("--out", name));

            Assert.Equal(2, second.ExitCode);
            Assert.Contains("another run that is training", Assert.Single(second.Problems), StringComparison.Ordinal);
        }

        Assert.Single(_world.RunFolders());
        await first.SignalAsync("KILL");
        await first.EndAsync();

        CommandResult third = await ProgramRun.ToEndAsync(_world.Train("--max_steps", "2", "--out", model));
        Assert.True(third.ExitCode == 0, third.Error);
        Assert.Equal(["model"], Directory.GetFileSystemEntries(place).Select(Path.GetFileName)); // no lock is left
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Train_OutIsALink_WritesWhereItPointsAndLeavesTheLink(bool exists)
    {
        string target = Path.Combine(_world.Root, "disk", "model");
        Directory.CreateDirectory(exists ? target : Path.GetDirectoryName(target)!);
        string link = Path.Combine(_world.Root, "link");
        Directory.CreateSymbolicLink(link, target);

        CommandResult result = await ProgramRun.ToEndAsync(_world.Train("--max_steps", "2", "--out", link));

        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(target, new DirectoryInfo(link).LinkTarget);
        Assert.True(File.Exists(Path.Combine(target, "model.safetensors")));
        Assert.Equal([target], Directory.GetFileSystemEntries(Path.GetDirectoryName(target)!)); // nothing is left beside it
    }

    [Fact]
    public async Task Train_OutInTheFolderOfAnotherRun_IsRefused()
    {
        await ProgramRun.ToEndAsync(_world.Train("--max_steps", "2"));
        string run = Assert.Single(_world.RunFolders());

        foreach (string folder in new[] { "model", "other", "checkpoints/x" })
        {
            CommandResult result = await InProcess.RunAsync(_world.Train("--out", Path.Combine(run, folder)));

            Assert.Equal(2, result.ExitCode);
            Assert.Contains(Path.GetFileName(run), Assert.Single(result.Problems), StringComparison.Ordinal);
        }

        Assert.Single(_world.RunFolders());
        Assert.False(Directory.Exists(Path.Combine(run, "other")));
    }

    [Fact]
    public async Task Train_ResumedIntoItsOwnFolder_Exports()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Signals are POSIX.");
        using (ProgramRun first = ProgramRun.Start(_world.Train("--max_steps", "40", "--eval_steps", "2", "--json")))
        {
            await first.LineAsync("\"event\":\"checkpointed\"");
            await first.SignalAsync("KILL");
            await first.EndAsync();
        }

        string run = Assert.Single(_world.RunFolders());
        CommandResult resumed = await ProgramRun.ToEndAsync(
            ["train", "--resume", run, "--home", _world.Home, "--out", Path.Combine(run, "mine")]);

        Assert.True(resumed.ExitCode == 0, resumed.Error);
        Assert.True(File.Exists(Path.Combine(run, "mine", "model.safetensors")));
    }
}
