using System.Text.Json;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;
using DistillStudio.History;

namespace DistillStudio.Tests.Jobs;

public sealed class RunWorkerTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Launch_Run_IsTrainedOnItsOwnThreadAndItsEventsAreInHistory()
    {
        var executor = new ScriptedExecutor { StepTime = TimeSpan.Zero };
        await using Bench bench = await new Bench(_folder.Home, executor).StartAsync();

        string id = bench.Manager.Launch(RunScript.Spec(600));

        await Eventually.Holds(() => bench.StateOf(id) == RunState.Finished);
        Assert.False(executor.Threads[id]);
        RunSummary run = bench.History.Find(id)!;
        Assert.Equal((600, 600), (run.Step, run.Rows));
        Assert.Equal(
            File.ReadAllLines(Path.Combine(run.Folder, "events.jsonl")),
            bench.History.Events(id, 1, int.MaxValue).Select(e => JsonSerializer.Serialize(e, EngineJson.Events)));
    }

    [Fact]
    public async Task Queue_OneDevice_RunsOneAfterTheOtherInTheOrderPeopleGave()
    {
        var executor = new ScriptedExecutor { StepTime = TimeSpan.FromMilliseconds(30) };
        await using Bench bench = await new Bench(_folder.Home, executor).StartAsync();
        string first = bench.Manager.Launch(RunScript.Spec(20));
        await Eventually.Holds(() => bench.StateOf(first) == RunState.Running);
        string second = bench.Manager.Launch(RunScript.Spec(2));
        string third = bench.Manager.Launch(RunScript.Spec(2));
        string fourth = bench.Manager.Launch(RunScript.Spec(2));

        bench.Manager.MoveInQueue(fourth, 0);
        bench.Manager.Cancel(third);

        await Eventually.Holds(() => bench.StateOf(second) == RunState.Finished);
        Assert.Equal([first, fourth, second], executor.Begun.Select(b => b.Id));
        await Eventually.Holds(() => bench.History.Find(third)!.LastNumber == 1);
        Assert.Equal(RunState.Cancelled, bench.StateOf(third));
    }

    [Fact]
    public async Task Queue_AfterARestart_KeepsItsOrder()
    {
        string[] order;
        await using (Bench bench = await new Bench(_folder.Home, new ScriptedExecutor()).StartAsync(withWorker: false))
        {
            string[] ids = [.. Enumerable.Range(0, 5).Select(_ => bench.Manager.Launch(RunScript.Spec(2)))];
            bench.Manager.MoveInQueue(ids[4], 1);
            bench.Manager.MoveInQueue(ids[0], 3);
            order = [.. bench.Queue.Waiting().Select(run => run.Id)];
            Assert.Equal([ids[4], ids[1], ids[2], ids[0], ids[3]], order);
        }

        await using (Bench again = await new Bench(_folder.Home, new ScriptedExecutor()).StartAsync(withWorker: false))
        {
            Assert.Equal(order, again.Queue.Waiting().Select(run => run.Id));
        }

        File.Delete(_folder.Home.Database); // the index, not the record
        var executor = new ScriptedExecutor();
        await using Bench rebuilt = new(_folder.Home, executor);
        await rebuilt.StartAsync(withWorker: false);
        await Eventually.Holds(() => rebuilt.Queue.Waiting().Count == 5);
        Assert.Equal(order, rebuilt.Queue.Waiting().Select(run => run.Id));
    }

    [Fact]
    public async Task Devices_SeveralGpus_EachTrainsOneRunAndTheCpuOnlyWhatAsksForIt()
    {
        var executor = new ScriptedExecutor("cpu", "cuda:0", "cuda:1") { StepTime = TimeSpan.FromMilliseconds(20) };
        await using Bench bench = await new Bench(_folder.Home, executor).StartAsync();

        string[] ids = [
            .. new[] { "auto", "auto", "auto", "cpu", "cuda:1" }.Select(
                device => bench.Manager.Launch(RunScript.Spec(10) with { Device = device }))
        ];

        await Eventually.Holds(() => ids.All(id => bench.StateOf(id) == RunState.Finished));
        Dictionary<string, string> deviceOf = executor.Begun.ToDictionary(b => b.Id, b => b.Device);
        Assert.Equal(["cuda:0", "cuda:1"], new[] { deviceOf[ids[0]], deviceOf[ids[1]] }.Order());
        Assert.StartsWith("cuda:", deviceOf[ids[2]], StringComparison.Ordinal);
        Assert.Equal(("cpu", "cuda:1"), (deviceOf[ids[3]], deviceOf[ids[4]]));
        Assert.Equal("auto", bench.History.Find(ids[0])!.Spec.Device); // the settings stay what they were
    }

    [Fact]
    public async Task PauseResumeCancel_ReachTheRun()
    {
        await using Bench bench = await new Bench(_folder.Home, new ScriptedExecutor()).StartAsync();
        string id = bench.Manager.Launch(RunScript.Spec(1_000_000));
        await Eventually.Holds(() => bench.History.Find(id)!.Step > 3);

        bench.Manager.Pause(id);
        await Eventually.Holds(() => bench.StateOf(id) == RunState.Paused);
        int step = bench.History.Find(id)!.Step;
        await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.Equal(step, bench.History.Find(id)!.Step);
        bench.Manager.Resume(id);
        await Eventually.Holds(() => bench.StateOf(id) == RunState.Running && bench.History.Find(id)!.Step > step);
        Assert.Throws<InputException>(() => bench.Manager.Delete([id]));
        bench.Manager.Cancel(id);
        // its thread lets go a moment after its last event
        await Eventually.Holds(() => bench.StateOf(id) == RunState.Cancelled && bench.Active.Find(id) is null);

        Assert.Contains("cancelled", Assert.Throws<InputException>(() => bench.Manager.Pause(id)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Execute_Throws_RunFailsWithTheSentenceAndTheNextOneRuns()
    {
        var executor = new ScriptedExecutor { Instead = _ => throw new InputException("train.json lacks its labels; add them.") };
        await using Bench bench = await new Bench(_folder.Home, executor).StartAsync();

        string failing = bench.Manager.Launch(RunScript.Spec(2));
        await Eventually.Holds(() => bench.StateOf(failing) == RunState.Failed);
        Assert.Equal("train.json lacks its labels; add them.", bench.History.Find(failing)!.Failure!.Message);
        Assert.Equal($"Error: Run {failing} failed: train.json lacks its labels; add them. ", Assert.Single(bench.Log.Entries)); // no stack

        executor.Instead = null;
        string next = bench.Manager.Launch(RunScript.Spec(2));
        await Eventually.Holds(() => bench.StateOf(next) == RunState.Finished);
    }

    [Fact]
    public async Task Execute_FailedAlready_IsNotToldTwice()
    {
        var executor = new ScriptedExecutor
        {
            Instead = job =>
            {
                job.Recorder.Record(new Failed(0, "first", null, null));
                throw new StudioException("second");
            },
        };
        await using Bench bench = await new Bench(_folder.Home, executor).StartAsync();

        string id = bench.Manager.Launch(RunScript.Spec(2));
        await Eventually.Holds(() => bench.StateOf(id) == RunState.Failed);
        executor.Instead = null;
        string next = bench.Manager.Launch(RunScript.Spec(2));
        await Eventually.Holds(() => bench.StateOf(next) == RunState.Finished); // the one before has had its say
        Assert.Equal((1L, "first"), (bench.History.Find(id)!.LastNumber, bench.History.Find(id)!.Failure!.Message));
    }

    [Fact]
    public async Task Launch_FolderGoneBeforeItsTurn_DoesNotStopTheQueue()
    {
        var executor = new ScriptedExecutor { StepTime = TimeSpan.FromMilliseconds(50) };
        await using Bench bench = await new Bench(_folder.Home, executor).StartAsync();
        string first = bench.Manager.Launch(RunScript.Spec(10));
        await Eventually.Holds(() => bench.StateOf(first) == RunState.Running);
        string gone = bench.Manager.Launch(RunScript.Spec(2));
        Directory.Delete(bench.History.Find(gone)!.Folder, recursive: true);
        string last = bench.Manager.Launch(RunScript.Spec(2));

        await Eventually.Holds(() => bench.StateOf(last) == RunState.Finished);
        Assert.NotEqual(RunState.Running, bench.StateOf(gone));
    }

    [Fact]
    public async Task Restart_StudioThatResumesRuns_ContinuesWithItFirstAndKeepsTheQueue()
    {
        string first, second, third;
        await using (Bench bench = await new Bench(_folder.Home, new ScriptedExecutor()).StartAsync())
        {
            first = bench.Manager.Launch(RunScript.Spec(2000) with { EvalSteps = 5 });
            second = bench.Manager.Launch(RunScript.Spec(2));
            third = bench.Manager.Launch(RunScript.Spec(2));
            await Eventually.Holds(() => bench.History.Find(first)!.Step > 12);
        }

        var executor = new ScriptedExecutor { StepTime = TimeSpan.Zero };
        await using Bench again = new(_folder.Home, executor);
        await again.StartAsync(resumesRuns: true);
        await Eventually.Holds(() => again.StateOf(third) == RunState.Finished);

        Assert.Equal([first, second, third], executor.Begun.Select(b => b.Id));
        RunSummary run = again.History.Find(first)!;
        Assert.Equal((RunState.Finished, 2000, 2000), (run.State, run.Step, run.Rows));
        Assert.Equal(0, Assert.Single(run.Resumes).Step % 5);
        RunEvent[] events = [.. again.History.Events(first, 1, int.MaxValue)];
        Assert.Equal(Enumerable.Range(1, 2000), events.OfType<StepCompleted>().Select(p => p.Step));
        Assert.Equal(
            File.ReadAllLines(Path.Combine(run.Folder, "events.jsonl")),
            events.Select(e => JsonSerializer.Serialize(e, EngineJson.Events)));
        Assert.False(File.Exists(Path.Combine(run.Folder, "attempts.json")));
    }

    [Fact]
    public async Task Devices_CannotBeAsked_RunSaysSoAndTheStudioContinues()
    {
        var executor = new ScriptedExecutor
        {
            Refusal = new StudioException("libtorch could not be loaded."),
            Instead = _ => throw new StudioException("libtorch could not be loaded."),
        };
        await using Bench bench = await new Bench(_folder.Home, executor).StartAsync();

        string id = bench.Manager.Launch(RunScript.Spec(2));
        await Eventually.Holds(() => bench.StateOf(id) == RunState.Failed);
        Assert.Contains("libtorch", bench.History.Find(id)!.Failure!.Message, StringComparison.Ordinal);

        executor.Instead = null;
        string next = bench.Manager.Launch(RunScript.Spec(2));
        await Eventually.Holds(() => bench.StateOf(next) == RunState.Finished);
    }

    [Fact]
    public async Task Restart_RunThatAPersonHadPaused_StaysAsItIs()
    {
        string id;
        await using (Bench bench = await new Bench(_folder.Home, new ScriptedExecutor()).StartAsync())
        {
            id = bench.Manager.Launch(RunScript.Spec(1_000_000));
            await Eventually.Holds(() => bench.History.Find(id)!.Step > 2);
            bench.Manager.Pause(id);
            await Eventually.Holds(() => bench.StateOf(id) == RunState.Paused);
        }

        var executor = new ScriptedExecutor();
        await using Bench again = new(_folder.Home, executor);
        await again.StartAsync(resumesRuns: true);
        await Eventually.Holds(() => again.StateOf(id) == RunState.Interrupted);
        string next = again.Manager.Launch(RunScript.Spec(2)); // would wait behind it
        await Eventually.Holds(() => again.StateOf(next) == RunState.Finished);
        Assert.Equal([next], executor.Begun.Select(begun => begun.Id));
    }

    [Theory]
    [InlineData(2, RunState.Finished)]
    [InlineData(3, RunState.Failed)]
    public async Task Restart_RunThatEndedTheProgramBefore_IsTriedUntilTheThirdTime(int times, RunState expected)
    {
        string id;
        await using (
            Bench bench = await new Bench(_folder.Home, new ScriptedExecutor { StepTime = TimeSpan.FromMilliseconds(50) }).StartAsync())
        {
            id = bench.Manager.Launch(RunScript.Spec(50));
            await Eventually.Holds(() => bench.History.Find(id)!.Step > 2);
        }

        string folder = Path.Combine(_folder.Home.Runs, id);
        File.WriteAllText(Path.Combine(folder, "attempts.json"), $"{{\"step\": 0, \"count\": {times}}}"); // as a killed studio leaves it
        await using Bench again = new(_folder.Home, new ScriptedExecutor());
        await again.StartAsync(resumesRuns: true);

        await Eventually.Holds(() => again.StateOf(id) == expected);
        if (expected == RunState.Failed)
        {
            Assert.Contains(
                "3 times in a row before its first checkpoint", again.History.Find(id)!.Failure!.Message, StringComparison.Ordinal);
            Assert.Contains("launch it again", again.History.Find(id)!.Failure!.Remedy, StringComparison.Ordinal);
            Assert.DoesNotContain("resume", again.History.Find(id)!.Failure!.Remedy, StringComparison.Ordinal);
            Assert.False(File.Exists(Path.Combine(folder, "attempts.json")));
        }
    }

    [Fact]
    public async Task Resume_RunWithoutACheckpoint_IsRefusedInASentence()
    {
        await using Bench bench = await new Bench(_folder.Home, new ScriptedExecutor()).StartAsync();
        string id = bench.Manager.Launch(RunScript.Spec(1_000_000));
        await Eventually.Holds(() => bench.History.Find(id)!.Step > 2);
        bench.Manager.Cancel(id);
        await Eventually.Holds(() => bench.StateOf(id) == RunState.Cancelled);

        Assert.Contains("no checkpoint", Assert.Throws<InputException>(() => bench.Manager.Resume(id)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Restart_RunWhoseProcessIsGone_IsInterrupted()
    {
        string id;
        await using (Bench bench = await new Bench(_folder.Home, new ScriptedExecutor()).StartAsync())
        {
            id = bench.Manager.Launch(RunScript.Spec(1_000_000));
            await Eventually.Holds(() => bench.History.Find(id)!.Step > 2);
        }

        await using Bench again = await new Bench(_folder.Home, new ScriptedExecutor()).StartAsync();
        await Eventually.Holds(() => again.StateOf(id) == RunState.Interrupted);
    }
}
