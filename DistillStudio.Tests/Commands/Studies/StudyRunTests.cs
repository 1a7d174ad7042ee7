using System.Text.Json;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Studies;

namespace DistillStudio.Tests.Commands.Studies;

/// <summary><c>study run</c> as a process, ended at bad moments.</summary>
public sealed class StudyRunTests : IDisposable
{
    private readonly SmallWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Theory]
    [InlineData("KILL", 137)]
    [InlineData("INT", 130)]
    public async Task Run_EndedInTheMiddleAndCalledAgain_HasEveryRunOnceAsIfNeverEnded(string signal, int exitCode)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such signals.");
        string[] whole = Study("whole");
        Assert.Equal(0, (await ProgramRun.ToEndAsync(whole)).ExitCode);
        string[] study = Study("ended");

        using (ProgramRun ended = ProgramRun.Start(study))
        {
            await ended.LineAsync("[3/4]");
            await ended.LineAsync("step");
            await ended.SignalAsync(signal);
            Assert.Equal(exitCode, (await ended.EndAsync()).ExitCode);
        }

        Assert.Equal(3, Runs("ended").Length);
        CommandResult again = await ProgramRun.ToEndAsync([.. study, "--json"]);

        Assert.True(again.ExitCode == 0, again.Error);
        JsonElement[] lines =
            [.. again.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(
            ["planned", "run_started", "run_ended", "run_started", "run_ended", "ended"],
            lines.Select(line => line.GetProperty("event").GetString()));
        Assert.Equal(2, lines[0].GetProperty("reused").GetInt32());
        Assert.Equal(4, lines[^1].GetProperty("finished").GetInt32());
        Assert.Equal(4, Runs("ended").Length);
        Assert.Equal(Losses("whole"), Losses("ended"));

        string[] show = ["study", "show", "small", "--json", "--home"];
        Assert.Equal(
            Figures(await ProgramRun.ToEndAsync([.. show, Home("whole")])), Figures(await ProgramRun.ToEndAsync([.. show, Home("ended")])));
        Assert.Contains("4 of 4 runs finished", (await ProgramRun.ToEndAsync(study)).Out, StringComparison.Ordinal);
    }

    private static string Figures(CommandResult shown) =>
        string.Join('\n', JsonDocument.Parse(shown.Out).RootElement.GetProperty("cells").EnumerateArray()
        .Select(cell => $"{cell.GetProperty("accuracy")} {cell.GetProperty("valid")} {cell.GetProperty("cost").GetProperty("tokens")}"));

    private string Home(string name) => Path.Combine(_world.Root, name);

    private string[] Runs(string name) => Directory.GetDirectories(Path.Combine(Home(name), "runs"));

    private string[] Study(string home) =>
    [
        "study", "run", "--preset", "standard-vs-step-by-step", "--seeds", "2", "--name", "small", .. _world.Train().Skip(1), "--max_steps",
        "20", "--eval_steps", "4", "--home", Home(home),
    ];

    private string[] Losses(string home) =>
    [
        .. Runs(home).Select(run => RecordedRun.Read(run, RunFolder.Open(run).ReadSpec()))
            .Select(run => $"{run.Spec.Method} {run.Spec.Seed} "
                + $"{string.Join(' ', EventLine.ReadAll(Path.Combine(run.Folder, "events.jsonl")).OfType<StepCompleted>().Select(step => $"{step.Step}:{step.Loss:R}"))}")
            .Order(StringComparer.Ordinal),
    ];
}
