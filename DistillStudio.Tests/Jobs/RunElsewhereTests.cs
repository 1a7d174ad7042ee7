using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.History;

namespace DistillStudio.Tests.Jobs;

/// <summary>A run that a terminal takes up while the studio knows it: it is followed, and never shown as failed. The test holds the lock as
/// the terminal would.</summary>
public sealed class RunElsewhereTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Resume_TerminalLoadsTheRunAlready_IsToldAndTheRunIsFollowed()
    {
        RunFolder folder = Interrupted();
        await using Bench bench = await StartAsync(folder);
        using (IDisposable terminal = RunLock.Take(folder.Path))
        {
            Assert.Contains(
                "resumed by another process", Assert.Throws<InputException>(() => bench.Manager.Resume(folder.Id)).Message,
                StringComparison.Ordinal);
            Assert.Equal(RunState.Running, bench.StateOf(folder.Id));
            RunFiles.Append(folder, new Resumed(1, IsRestored: true), RunScript.Step(2, RunScript.Spec()));
            await Eventually.Holds(() => bench.History.Find(folder.Id)!.Step == 2);
            RunFiles.Append(folder, RunScript.Finished(2));
        }

        await Eventually.Holds(() => bench.StateOf(folder.Id) == RunState.Finished);
    }

    [Fact]
    public async Task Resume_TerminalThatEndsWithoutAWord_RunIsWhatItWas()
    {
        RunFolder folder = Interrupted(new Failed(1, "Out of memory.", null, null));
        await using Bench bench = await StartAsync(folder, RunState.Failed);
        using (IDisposable terminal = RunLock.Take(folder.Path))
        {
            Assert.Throws<InputException>(() => bench.Manager.Resume(folder.Id));
            Assert.Equal(RunState.Running, bench.StateOf(folder.Id));
        }

        await Eventually.Holds(() => bench.StateOf(folder.Id) == RunState.Failed);
        Assert.Equal("Out of memory.", bench.History.Find(folder.Id)!.Failure!.Message);
    }

    [Fact]
    public async Task Queue_TerminalWasFaster_RunIsFollowedAndTheNextOneTrained()
    {
        RunFolder folder = Interrupted();
        var executor = new ScriptedExecutor { StepTime = TimeSpan.Zero };
        await using Bench bench = new(_folder.Home, executor);
        await bench.StartAsync(withWorker: false);
        await Eventually.Holds(() => bench.StateOf(folder.Id) == RunState.Interrupted);
        bench.Manager.Resume(folder.Id);
        Assert.Equal(RunState.Queued, bench.StateOf(folder.Id));
        using IDisposable terminal = RunLock.Take(folder.Path);
        await bench.StartWorkerAsync();
        string next = bench.Manager.Launch(RunScript.Spec(2));

        await Eventually.Holds(() => bench.StateOf(next) == RunState.Finished && bench.StateOf(folder.Id) == RunState.Running);
        Assert.Equal(next, Assert.Single(executor.Begun).Id);
        Assert.Null(bench.History.Find(folder.Id)!.Failure);
    }

    [Fact]
    public async Task Queue_RunWaitsWhileATerminalTrainsIt_LeavesTheQueueAndIsFollowed()
    {
        RunFolder folder = Interrupted();
        await using Bench bench = new(_folder.Home, new ScriptedExecutor());
        await bench.StartAsync(withWorker: false);
        await Eventually.Holds(() => bench.StateOf(folder.Id) == RunState.Interrupted);
        bench.Manager.Resume(folder.Id);
        using (IDisposable terminal = RunLock.Take(folder.Path))
        {
            await Eventually.Holds(() => bench.StateOf(folder.Id) == RunState.Running);
            Assert.Empty(bench.Queue.Waiting());
            Assert.Contains(
                "another process", Assert.Throws<InputException>(() => bench.Manager.Cancel(folder.Id)).Message, StringComparison.Ordinal);
            RunFiles.Append(folder, RunScript.Finished(2));
        }

        await Eventually.Holds(() => bench.StateOf(folder.Id) == RunState.Finished);
        Assert.DoesNotContain("\"queue_order\": 1", File.ReadAllText(Path.Combine(folder.Path, "studio.json")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_TerminalResumesWhatTheStudioLeftBehind_StudioDoesNotTakeItUp()
    {
        RunFolder folder = Interrupted();
        await using (Bench before = await StartAsync(folder))
        {
            await before.History.FlushAsync();
        }

        File.WriteAllText(Path.Combine(folder.Path, "attempts.json"), "{\"step\": 1, \"count\": 1}");
        using IDisposable terminal = RunLock.Take(folder.Path);
        var executor = new ScriptedExecutor();
        await using Bench bench = new(_folder.Home, executor);
        await bench.StartAsync(resumesRuns: true);

        await Eventually.Holds(() => bench.StateOf(folder.Id) == RunState.Running);
        string next = bench.Manager.Launch(RunScript.Spec(2)); // would wait behind it
        await Eventually.Holds(() => bench.StateOf(next) == RunState.Finished);
        Assert.Equal([next], executor.Begun.Select(begun => begun.Id));
        Assert.Equal(RunState.Running, bench.StateOf(folder.Id));
    }

    [Fact]
    public async Task Delete_TerminalLoadsTheRun_IsRefused()
    {
        RunFolder folder = Interrupted();
        await using Bench bench = await StartAsync(folder);
        using IDisposable terminal = RunLock.Take(folder.Path);

        Assert.Contains(
            "still running", Assert.Throws<InputException>(() => bench.Manager.Delete([folder.Id])).Message, StringComparison.Ordinal);
    }

    private async Task<Bench> StartAsync(RunFolder folder, RunState state = RunState.Interrupted)
    {
        Bench bench = await new Bench(_folder.Home, new ScriptedExecutor()).StartAsync();
        await Eventually.Holds(() => bench.StateOf(folder.Id) == state);
        return bench;
    }

    private RunFolder Interrupted(RunEvent? last = null)
    {
        IEnumerable<RunEvent> events =
        [
            RunScript.Started(RunScript.Spec()), RunScript.Step(1, RunScript.Spec()),
            new Checkpointed(1, "checkpoints/step-000001.safetensors", false, 1), .. last is null ? Array.Empty<RunEvent>() : [last],
        ];
        return RunFiles.Create(_folder.Home, RunScript.Spec(), events);
    }

}
