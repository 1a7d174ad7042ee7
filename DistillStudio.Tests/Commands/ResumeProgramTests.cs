using System.Globalization;
using DistillStudio.Engine.Runs;

namespace DistillStudio.Tests.Commands;

public sealed class ResumeProgramTests : IDisposable
{
    private readonly SmallWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Theory]
    [InlineData("KILL", 137)]
    [InlineData("TERM", 130)]
    public async Task Train_EndedBySignalAndResumed_ModelAndLossesEqualThoseOfOneNeverEnded(string signal, int exitCode)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such signals.");
        string[] train = _world.Train("--max_steps", "40", "--eval_steps", "10", "--save-steps", "7");
        Assert.Equal(0, (await ProgramRun.ToEndAsync(train)).ExitCode);
        string whole = Assert.Single(_world.RunFolders());

        using (ProgramRun ended = ProgramRun.Start([.. train, "--json"]))
        {
            await ended.LineAsync("\"step\":18,");
            await ended.SignalAsync(signal);
            Assert.Equal(exitCode, (await ended.EndAsync()).ExitCode);
        }

        string run = _world.RunFolders().Single(folder => folder != whole);
        int last = RunFiles.Events(run).OfType<StepCompleted>().Last().Step;
        CommandResult resumed = await ProgramRun.ToEndAsync(["train", "--resume", run, "--home", _world.Home]);

        Assert.True(resumed.ExitCode == 0, resumed.Error);
        int from = RunFiles.Events(run).OfType<Resumed>().Single().Step;
        Assert.Equal(signal == "TERM" ? last : last / 7 * 7, from);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"resumed after step {from}"), resumed.Out, StringComparison.Ordinal);
        Assert.Equal(Losses(whole), Losses(run));
        Assert.Equal(RunFiles.Weights(Path.Combine(whole, "model")), RunFiles.Weights(Path.Combine(run, "model")));
    }

    [Fact]
    public async Task Train_ResumeWithWhatCannotBe_IsRefusedInSentences()
    {
        CommandResult trained = await ProgramRun.ToEndAsync(_world.Train("--max_steps", "2"));
        Assert.True(trained.ExitCode == 0, trained.Error);
        string run = Assert.Single(_world.RunFolders());

        CommandResult other = await InProcess.RunAsync(["train", "--resume", run, "--lr", "1", "--no_log", "--home", _world.Home]);
        Assert.Equal(2, other.ExitCode);
        Assert.Equal(2, other.Problems.Length);
        Assert.Contains(other.Problems, problem => problem.StartsWith("--lr cannot change", StringComparison.Ordinal));

        CommandResult finished = await InProcess.RunAsync(["train", "--resume", run, "--home", _world.Home]);
        Assert.Contains("nothing to resume", Assert.Single(finished.Problems), StringComparison.Ordinal);
        Assert.IsType<Finished>(RunFiles.Events(run)[^1]);

        CommandResult nowhere = await InProcess.RunAsync(["train", "--resume", _world.Data]);
        Assert.Contains("not a run's folder", Assert.Single(nowhere.Problems), StringComparison.Ordinal);
    }

    private static (int, double, double)[] Losses(string run) =>
        [.. RunFiles.Events(run).OfType<StepCompleted>().Select(p => (p.Step, p.Loss, p.GradientNorm))];
}
