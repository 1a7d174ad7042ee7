using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Data.Demo;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.History;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Survival;

/// <summary>Each fault provoked for real in a studio that trains: cause, what the user sees, what was kept. Run by <c>survive.sh
/// faults</c>, as root on Linux.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class FaultTable : IDisposable
{
    private static readonly RunSpec Long = QueuedRun.Short with { MaxSteps = 300 };

    private readonly TempFolder _folder = new();
    private readonly Report _report = new("faults");

    public void Dispose() => _folder.Dispose();

    [Fact(Explicit = true)]
    public async Task Disk_Full()
    {
        using var disk = new SmallDisk(_folder["disk"], megabytes: 64);
        await using LocalStudio studio = await LocalStudio.StartAsync(new StudioHome(disk.Path));
        string id = studio.Manager.Launch(Long);
        await studio.ReachesAsync(id, 25);
        string filler = disk.Fill();
        await studio.EndsAsync(id);
        Failed seen = studio.Run(id).Failure!;
        string kept = Kept(studio.Folder(id));
        File.Delete(filler);
        string after = await studio.FinishesAsync(id);
        Row("disk full in training (64 MB tmpfs)", seen, $"{kept}; space freed: {after}; {await studio.ContinuesAsync()}");
        Assert.Contains("free some space", seen.Remedy, StringComparison.Ordinal);
    }

    [Fact(Explicit = true)]
    public async Task Folder_TurnsReadOnly()
    {
        await using LocalStudio studio = await LocalStudio.StartAsync(_folder.Home);
        string id = studio.Manager.Launch(Long);
        await studio.ReachesAsync(id, 25);
        RootShell.Run("chattr", "+i", studio.Folder(id).CheckpointsPath);
        await studio.EndsAsync(id);
        RootShell.Run("chattr", "-i", studio.Folder(id).CheckpointsPath);
        Failed seen = studio.Run(id).Failure!;
        Row(
            "checkpoints folder turns read-only in training (chattr +i)", seen,
            $"{Kept(studio.Folder(id))}; made writable: {await studio.FinishesAsync(id)}; {await studio.ContinuesAsync()}");
        Assert.Contains("make the folder writable", seen.Remedy, StringComparison.Ordinal);
    }

    [Fact(Explicit = true)]
    public async Task Home_Gone()
    {
        var home = new StudioHome(_folder["home"]);
        await using LocalStudio studio = await LocalStudio.StartAsync(home);
        string id = studio.Manager.Launch(Long);
        await studio.ReachesAsync(id, 25);
        Directory.Move(home.Path, _folder["away"]);
        await studio.EndsAsync(id);
        Directory.Move(_folder["away"], home.Path);
        Failed seen = studio.Run(id).Failure!;
        Row(
            "home goes away in training (moved)", seen,
            $"{Kept(studio.Folder(id))}; home back: {await studio.FinishesAsync(id)}; {await studio.ContinuesAsync()}");
    }

    [Fact(Explicit = true)]
    public async Task Home_ReadOnlyAtStart()
    {
        using var disk = new SmallDisk(_folder["disk"], megabytes: 8);
        disk.MakeReadOnly();
        CommandResult result = await ProgramRun.ToEndAsync(["serve", "--home", disk.Path, "--port", "0"]);
        Assert.Equal(2, result.ExitCode);
        _report.Row("home is read-only at the start", result.Error.Trim(), "nothing was begun (exit 2)");
    }

    [Fact(Explicit = true)]
    public async Task Database_HeldByAnotherProgram()
    {
        string id;
        await using (LocalStudio before = await LocalStudio.StartAsync(_folder.Home))
        {
            id = before.Manager.Launch(QueuedRun.Short);
            await before.EndsAsync(id);
        }

        using (var held = new FileStream(_folder.Home.Database, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            await using LocalStudio studio = await LocalStudio.StartAsync(_folder.Home);
            await studio.EndsAsync(id);
            Assert.Equal(60, studio.Run(id).Rows);
            _report.Row(
                "studio.db held by another program", "the runs as they are; a line in the server's log",
                $"all {studio.Run(id).Rows} steps shown from the run's folder; {await studio.ContinuesAsync()}");
        }
    }

    [Fact(Explicit = true)]
    public async Task Database_Damaged()
    {
        string id;
        await using (LocalStudio before = await LocalStudio.StartAsync(_folder.Home))
        {
            id = before.Manager.Launch(QueuedRun.Short);
            await before.EndsAsync(id);
        }

        byte[] bytes = File.ReadAllBytes(_folder.Home.Database);
        bytes.AsSpan(200).Fill(0x5A);
        File.WriteAllBytes(_folder.Home.Database, bytes);
        await using LocalStudio studio = await LocalStudio.StartAsync(_folder.Home);
        await Eventually.Holds(() => studio.History.Find(id)?.Rows == 60, TimeSpan.FromMinutes(1));
        string aside = Path.GetFileName(Assert.Single(Directory.GetFiles(_folder.Path, "studio.db.damaged-*")));
        _report.Row(
            "studio.db overwritten with garbage", $"the runs as they were; the file is set aside as {aside[..17]}…",
            $"all 60 steps rebuilt from events.jsonl; {await studio.ContinuesAsync()}");
    }

    [Fact(Explicit = true)]
    public async Task Checkpoint_FlippedBit()
    {
        await using LocalStudio studio = await LocalStudio.StartAsync(_folder.Home);
        string never = studio.Manager.Launch(QueuedRun.Short);
        string id = studio.Manager.Launch(QueuedRun.Short);
        await studio.ReachesAsync(id, 33);
        studio.Manager.Cancel(id);
        await studio.EndsAsync(id);
        StoredCheckpoint newest = new CheckpointStore(studio.Folder(id)).List().First(c => !c.IsBest);
        FlipBit(newest.Path);
        string after = await studio.FinishesAsync(id);
        string said = string.Join(" ", studio.History.Log(id).Where(l => l.Severity == LogSeverity.Warning).Select(l => l.Message));
        Assert.Contains($"step {newest.Step} is damaged", said, StringComparison.Ordinal);
        Assert.Equal(RunFiles.Weights(studio.Folder(never).ModelPath), RunFiles.Weights(studio.Folder(id).ModelPath));
        _report.Row("one bit flipped in the newest checkpoint", said, $"{after}; weights equal to the run never stopped");
    }

    [Fact(Explicit = true)]
    public async Task Loss_NotANumber()
    {
        string folder = DemoModel.Materialize(_folder.Home);
        using (var model = new T5(HuggingFaceFolder.ReadConfig(folder)))
        {
            model.InitializeWeights(0);
            using (no_grad())
            {
                ((Parameter)model.named_parameters().First(p => p.name.Contains("layer_norm", StringComparison.Ordinal)).parameter)
                    .fill_(1e30f);
            }

            HuggingFaceFolder.Export(_folder["infinite"], model, folder);
        }

        await using LocalStudio studio = await LocalStudio.StartAsync(_folder.Home);
        string id = studio.Manager.Launch(Long with { FromPretrained = _folder["infinite"], Init = ModelInit.Pretrained });
        await studio.EndsAsync(id);
        Row("loss not a number (weights so large that products overflow)", studio.Run(id).Failure!, await studio.ContinuesAsync());
        Assert.Contains("diverged", studio.Run(id).Failure!.Message, StringComparison.Ordinal);
    }

    [Fact(Explicit = true)]
    public async Task Clock_Jumps()
    {
        var time = new JumpingTime();
        await using LocalStudio studio = await LocalStudio.StartAsync(_folder.Home, time);
        string id = studio.Manager.Launch(QueuedRun.Short);
        await studio.ReachesAsync(id, 20);
        time.Jump(TimeSpan.FromDays(2));
        await studio.ReachesAsync(id, 40);
        time.Jump(TimeSpan.FromDays(-3));
        await studio.EndsAsync(id);
        RunSummary run = studio.Run(id);
        Assert.Equal((RunState.Finished, 60), (run.State, run.Rows));
        Assert.InRange(run.Elapsed, 0, 240);
        _report.Row(
            "clock set two days ahead, then three back, in training", "the run goes on; its time taken and time left stay right",
            $"all 60 steps; {run.Elapsed:0} s counted; {await studio.ContinuesAsync()}");
    }

    [Fact(Explicit = true)]
    public async Task Memory_RunsOut()
    {
        RunFolder large = QueuedRun.Add(_folder.Home, QueuedRun.Short with { BatchSize = 4000 }, place: 1);
        RunFolder small = QueuedRun.Add(_folder.Home, QueuedRun.Short, place: 2);
        using var studio = ProgramRun.StartLimited(8_000_000, "serve", "--home", _folder.Path, "--port", "0");
        await studio.LineAsync("open at");
        await Eventually.Holds(() => RunFiles.Events(small.Path).LastOrDefault() is Finished, TimeSpan.FromMinutes(2));
        Failed seen = Assert.IsType<Failed>(RunFiles.Events(large.Path)[^1]);
        await studio.SignalAsync("TERM");
        Assert.Equal(0, (await studio.EndAsync()).ExitCode);
        Row("memory runs out (ulimit -v 8 GB, a batch of 4,000)", seen, "the run waiting behind it finished; studio ended with 0");
        Match proposed = Regex.Match(seen.Remedy ?? "", "--batch_size (\\d+) --grad_steps (\\d+) .* the same result");
        Assert.Equal(
            4000,
            int.Parse(proposed.Groups[1].Value, CultureInfo.InvariantCulture) * int.Parse(
                proposed.Groups[2].Value, CultureInfo.InvariantCulture));
    }

    [Fact(Explicit = true)]
    public async Task Studio_Terminated()
    {
        RunFolder run = QueuedRun.Add(_folder.Home, Long);
        double seconds;
        int saved;
        using (var studio = ProgramRun.Start("serve", "--home", _folder.Path, "--port", "0"))
        {
            await studio.LineAsync("open at");
            await Eventually.Holds(() => RunFiles.Events(run.Path).OfType<StepCompleted>().Any(p => p.Step >= 23), TimeSpan.FromMinutes(1));
            CommandResult second = await ProgramRun.ToEndAsync(["serve", "--home", _folder.Path, "--port", "0"]);
            Assert.Equal(2, second.ExitCode);
            Assert.Contains(File.ReadAllText(_folder["studio.address"]).Trim(), second.Error, StringComparison.Ordinal);
            _report.Row(
                "a second studio on the same home", second.Error.Trim().Replace(_folder.Path, "HOME", StringComparison.Ordinal),
                "the first goes on (second: exit 2)");
            long start = Stopwatch.GetTimestamp();
            await studio.SignalAsync("TERM");
            Assert.Equal(0, (await studio.EndAsync()).ExitCode);
            seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            saved = RunFiles.Events(run.Path).OfType<Checkpointed>().Last(c => !c.IsBest).Step;
            Assert.Equal(RunFiles.Events(run.Path).OfType<StepCompleted>().Last().Step, saved);
            Assert.InRange(seconds, 0, 20);
        }

        await using LocalStudio again = await LocalStudio.StartAsync(_folder.Home);
        await Eventually.Holds(() => again.History.Find(run.Id)?.State == RunState.Finished, TimeSpan.FromMinutes(2));
        Assert.Equal(saved, Assert.Single(again.Run(run.Id).Resumes).Step);
        _report.Row(
            "SIGTERM in training", $"exit 0 after {seconds:0.0} s",
            $"checkpoint of the very step, {saved}; the next studio went on from it by itself and finished");
    }

    [Fact(Explicit = true)]
    public async Task Run_EndsTheProgramAgainAndAgain()
    {
        RunFolder run = QueuedRun.Add(_folder.Home, Long with { SaveSteps = 100_000, MaxSteps = 100_000 });
        for (int death = 1; death <= 3; death++)
        {
            using var studio = ProgramRun.Start("serve", "--home", _folder.Path, "--port", "0");
            await studio.LineAsync("open at");
            await Eventually.Holds(() => RunFiles.Events(run.Path).OfType<Started>().Any()
                && RunFiles.Events(run.Path).OfType<Resumed>().Count() == death - 1
                && RunFiles.Events(run.Path).LastOrDefault() is StepCompleted, TimeSpan.FromMinutes(1));
            await studio.SignalAsync("KILL");
            await studio.EndAsync();
        }

        await using LocalStudio again = await LocalStudio.StartAsync(_folder.Home);
        await Eventually.Holds(() => again.History.Find(run.Id)?.State == RunState.Failed, TimeSpan.FromMinutes(1));
        Row(
            "the program dies three times in the same run at one place (SIGKILL)", again.Run(run.Id).Failure!,
            $"its curves; {await again.ContinuesAsync()}");
    }

    private static string Kept(RunFolder folder)
    {
        StoredCheckpoint last = new CheckpointStore(folder).List().First(c => !c.IsBest);
        Assert.True(SafetensorsWriter.IsIntact(last.Path));
        return $"checkpoint of step {last.Step}, whole";
    }

    private static void FlipBit(string path)
    {
        using FileStream file = File.Open(path, FileMode.Open);
        file.Position = file.Length / 3;
        int value = file.ReadByte();
        file.Position--;
        file.WriteByte((byte)(value ^ 1));
    }

    private void Row(string cause, Failed seen, string kept) =>
        _report.Row(cause, $"{seen.Message} {seen.Remedy}".Replace(_folder.Path, "…", StringComparison.Ordinal), kept);

    private sealed class JumpingTime : TimeProvider
    {
        private TimeSpan _offset;

        public void Jump(TimeSpan by) => _offset += by;

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _offset;
    }
}
