using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Studies;
using DistillStudio.History;
using DistillStudio.Jobs;

namespace DistillStudio.Tests.Jobs;

public sealed partial class StudyManagerTests
{
    [Fact]
    public async Task Describe_Study_TakesANewNameUnlessAnotherHasIt()
    {
        await using Worked work = await StartAsync(withScheduler: false);
        Study study = work.Studies.Launch(StudyHome.Pair(1));
        work.Studies.Launch(StudyHome.Pair(1) with { Name = "taken" });

        work.Studies.Describe(study.Id, " mine ", "why", 0.01);

        Assert.Equal(0.01, new StudyStore(_folder.Home).Get(study.Id).Comparison!.Margin);
        Assert.Equal(("mine", "why"), (new StudyStore(_folder.Home).Get(study.Id) is var read ? (read.Name, read.Notes) : default));
        Assert.Contains(
            "exists already", Assert.Throws<InputException>(() => work.Studies.Describe(study.Id, "Taken", "", null)).Message,
            StringComparison.Ordinal);
        Assert.Throws<InputException>(() => work.Studies.Describe(study.Id, " ", "", null));
        Assert.Throws<InputException>(() => work.Studies.Describe(study.Id, "two\nlines", "", null));
    }

    [Fact]
    public async Task Delete_StudyUnderWay_LeavesItsRunsAndCanBeUndone()
    {
        using var gate = new ManualResetEventSlim();
        _executor.Instead = job => { gate.Wait(TestContext.Current.CancellationToken); Finish(job); };
        await using Worked work = await StartAsync();
        Study study = work.Studies.Launch(StudyHome.Pair());
        await Eventually.Holds(() => _executor.Begun.Count == 1 && work.Bench.Queue.Waiting().Count == 2);

        work.Studies.Delete(study.Id);
        gate.Set();
        await Eventually.Holds(() => work.Bench.History.ListRuns() is [{ State: RunState.Finished }]);

        var store = new StudyStore(_folder.Home);
        Assert.Empty(store.List().Studies);
        Assert.Empty(work.Bench.Queue.Waiting());
        Assert.Contains(
            "There is no study", Assert.Throws<InputException>(() => work.Studies.Pause(study.Id)).Message, StringComparison.Ordinal);

        work.Studies.Undelete(study.Id);
        await work.DoneAsync(study);
        Assert.Equal(6, work.Bench.History.ListRuns().Count(run => run.State == RunState.Finished));
    }

    [Fact]
    public async Task Feed_StudyThatACommandPaused_WithdrawsWhatWaits()
    {
        using var gate = new ManualResetEventSlim();
        _executor.Instead = job => { gate.Wait(TestContext.Current.CancellationToken); Finish(job); };
        await using Worked work = await StartAsync();
        Study study = work.Studies.Launch(StudyHome.Pair());
        await Eventually.Holds(() => _executor.Begun.Count == 1 && work.Bench.Queue.Waiting().Count == 2);

        CommandResult paused = await InProcess.RunAsync(["study", "pause", "pair", "--home", _folder.Home.Path]);
        await Eventually.Holds(() => work.Bench.Queue.Waiting().Count == 0);
        gate.Set();
        await Eventually.Holds(() => work.Look(study).Count(StudyRunState.Finished) == 1 && work.IsIdle);

        Assert.Contains("pair is paused", paused.Out, StringComparison.Ordinal);
        Assert.Single(_executor.Begun);
        await InProcess.RunAsync(["study", "resume", "pair", "--home", _folder.Home.Path]);
        await work.DoneAsync(study);
        Assert.Equal(6, _executor.Begun.Count);
    }

    [Fact]
    public async Task StateOf_RunThatFailedAndWaitsToGoOn_IsQueued()
    {
        _executor.Instead = job => throw new InvalidOperationException("broken");
        await using Worked work = await StartAsync();
        Study study = work.Studies.Launch(StudyHome.Pair(1));
        await work.DoneAsync(study);
        using var gate = new ManualResetEventSlim();
        _executor.Instead = job => { gate.Wait(TestContext.Current.CancellationToken); Finish(job); };

        work.Studies.RerunFailed(study.Id);

        await Eventually.Holds(() => work.Bench.Queue.Waiting().Count == 1);
        StudyEntry entry = work.Reader.Read(study.Id);
        Assert.Equal((1, false), (entry.Count(RunState.Queued), entry.IsDone));
        Assert.Equal(
            StudyRunState.Failed, entry.Progress!.Runs[entry.States.Index().First(state => state.Item == RunState.Queued).Index].State);
        gate.Set();
        await work.DoneAsync(study);
        Assert.True(work.Reader.Read(study.Id).IsDone);
    }

    [Fact]
    public async Task Change_StudyThatATerminalRuns_IsRefused()
    {
        await using Worked work = await StartAsync();
        var store = new StudyStore(_folder.Home);
        Study study = store.Create(StudyHome.Pair(), RunScript.Start);
        using IDisposable? taken = store.TryTake(study.Id);

        Assert.Contains("terminal", Assert.Throws<InputException>(() => work.Studies.Resume(study.Id)).Message, StringComparison.Ordinal);
    }

    /// <summary>Its last event is read before its writer releases the lock.</summary>
    [Fact]
    public async Task Read_RunThatHasEndedAndIsStillHeld_IsBehindUntilItIsClosed()
    {
        using var gate = new ManualResetEventSlim();
        _executor.Instead = job => { Finish(job); gate.Wait(TestContext.Current.CancellationToken); };
        await using Worked work = await StartAsync();
        Study study = work.Studies.Launch(StudyHome.Pair(1));
        await Eventually.Holds(() => work.Bench.History.ListRuns().Any(run => run.State == RunState.Finished));
        Assert.True(work.Reader.Read(study.Id).IsBehind);

        gate.Set();
        await work.DoneAsync(study);

        Assert.False(work.Reader.Read(study.Id).IsBehind);
    }
}
