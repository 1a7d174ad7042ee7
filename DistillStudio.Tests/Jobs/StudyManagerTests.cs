using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Studies;
using DistillStudio.History;
using DistillStudio.Jobs;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistillStudio.Tests.Jobs;

public sealed partial class StudyManagerTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ScriptedExecutor _executor = new() { StepTime = TimeSpan.Zero };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Launch_Study_RunsEveryRunOnceInOrderAndIsOffThen()
    {
        await using Worked work = await StartAsync();
        Study study = work.Studies.Launch(StudyHome.Pair());
        await work.DoneAsync(study);

        IReadOnlyList<RunSummary> runs = work.Bench.History.ListRuns();
        Assert.Equal(6, runs.Count);
        Assert.All(runs, run => Assert.Equal((RunState.Finished, StudyManager.GroupOf(study)), (run.State, run.Group)));
        Assert.Equal(
            StudyGrid.Of(study, _folder.Home).Runs.Select(run => (run.Seed, run.Spec.Method)),
            _executor.Begun.Select(begun => work.Bench.History.Find(begun.Id)!.Spec).Select(spec => (spec.Seed, spec.Method)));
        Assert.Equal(StudyQueue.Off, new StudyStore(_folder.Home).Get(study.Id).Queue);
    }

    [Fact]
    public async Task Launch_InvalidInputs_IsRefusedAndMakesNothing()
    {
        await using Worked work = await StartAsync();

        Assert.Throws<InputException>(
            () => work.Studies.Launch(StudyHome.Pair() with { Base = RunDefaults.Demo with { Dataset = "cqa", Init = ModelInit.Random } }));
        Assert.Empty(new StudyStore(_folder.Home).List().Studies);
    }

    [Fact]
    public async Task Feed_AfterEachRestart_ContinuesAndDoublesNothing()
    {
        Study? study = null;
        for (int visit = 0; study is null || new StudyStore(_folder.Home).Get(study.Id).Queue == StudyQueue.On; visit++)
        {
            Assert.True(visit < 50);
            int allowed = 7; // each studio ends after so many steps, in the middle of a run
            _executor.Instead = job => Steps(job, () => Interlocked.Decrement(ref allowed) < 0);
            await using Worked work = await StartAsync(withScheduler: false);
            study ??= work.Studies.Launch(StudyHome.Pair(2));
            work.Studies.Feed();
            await Eventually.Holds(() => Volatile.Read(ref allowed) < 0 || work.IsIdle);
            work.Studies.Feed();
        }

        await using Worked last = await StartAsync(withScheduler: false);
        Assert.Equal(4, last.Bench.History.ListRuns().Count);
        Assert.True(last.Look(study).IsDone);
        Assert.Equal(4, last.Look(study).Count(StudyRunState.Finished));
    }

    [Fact]
    public async Task Pause_WhileARunIsTrained_LetsItEndAndStartsNoOther()
    {
        using var gate = new ManualResetEventSlim();
        _executor.Instead = job => { gate.Wait(TestContext.Current.CancellationToken); Finish(job); };
        await using Worked work = await StartAsync();
        Study study = work.Studies.Launch(StudyHome.Pair());
        await Eventually.Holds(() => _executor.Begun.Count == 1 && work.Bench.Queue.Waiting().Count == 2);

        work.Studies.Pause(study.Id);
        gate.Set();
        await Eventually.Holds(() => work.Look(study).Count(StudyRunState.Finished) == 1);
        work.Studies.Feed();

        Assert.Empty(work.Bench.Queue.Waiting());
        Assert.Single(_executor.Begun);

        work.Studies.Resume(study.Id);
        await work.DoneAsync(study);
        Assert.Equal(6, work.Bench.History.ListRuns().Count);
    }

    [Fact]
    public async Task Cancel_Study_EndsItsRunAndDeletesThoseThatWait()
    {
        _executor.Instead = job =>
        {
            job.Recorder.Record(RunScript.Started(job.Spec));
            job.Control.CancelToken.WaitHandle.WaitOne();
            job.Recorder.Record(new Cancelled(0));
        };
        await using Worked work = await StartAsync();
        Study study = work.Studies.Launch(StudyHome.Pair());
        await Eventually.Holds(() => work.Look(study).Count(StudyRunState.Active) == 1 && work.Bench.Queue.Waiting().Count == 2);

        work.Studies.Cancel(study.Id);
        await Eventually.Holds(() => work.Bench.History.ListRuns() is [{ State: RunState.Cancelled }]);
        work.Studies.Feed();

        Assert.Single(work.Bench.History.ListRuns());
    }

    [Fact]
    public async Task RerunFailed_AfterFailures_ContinuesInTheSameFolders()
    {
        _executor.Instead = job => throw new InvalidOperationException("broken");
        await using Worked work = await StartAsync();
        Study study = work.Studies.Launch(StudyHome.Pair(1));
        await work.DoneAsync(study);
        Assert.Equal(2, work.Look(study).Count(StudyRunState.Failed));

        _executor.Instead = Finish;
        work.Studies.RerunFailed(study.Id);
        await work.DoneAsync(study);

        Assert.Equal(2, work.Look(study).Count(StudyRunState.Finished));
        Assert.Equal(2, work.Bench.History.ListRuns().Count);
    }

    [Fact]
    public async Task AddSeeds_ToAFinishedStudy_RunsOnlyTheNewOnes()
    {
        await using Worked work = await StartAsync();
        Study study = work.Studies.Launch(StudyHome.Pair(1));
        await work.DoneAsync(study);

        work.Studies.AddSeeds(study.Id, 3);
        await work.DoneAsync(study);

        Assert.Equal([0, 0, 1, 1, 2, 2], work.Bench.History.ListRuns().Select(run => run.Spec.Seed).Order());
        Assert.Equal(6, _executor.Begun.Count);
        Assert.Empty(new StudyStore(work.Bench.Home).Get(study.Id).Looks); // one seed was no look at methods

        work.Studies.AddSeeds(study.Id, 4);
        await work.DoneAsync(study);
        Assert.Equal([3], new StudyStore(work.Bench.Home).Get(study.Id).Looks);

        Study again = work.Studies.Launch(StudyHome.Pair(6) with { Name = "again" });
        Assert.Equal([4], new StudyStore(work.Bench.Home).Get(again.Id).Looks);
        await work.DoneAsync(again);
    }

    [Fact]
    public async Task Feed_SequentialStudyThatIsDecided_DropsWhatWaits()
    {
        _executor.Instead = job => Finish(job, job.Spec.Method == MethodNames.Standard ? 0.5 : 0.8 + (0.001 * job.Spec.Seed));
        await using Worked work = await StartAsync();
        Study study = work.Studies.Launch(StudyHome.Pair(2) with { IsSequential = true, MaxSeeds = 15 });
        await work.DoneAsync(study);

        StudyProgress progress = work.Look(study);
        Assert.Equal(DecisionKind.Decided, Assert.Single(progress.Decisions).Kind);
        Assert.True(progress.Count(StudyRunState.Dropped) >= 10);
        Assert.True(work.IsIdle);
    }

    private static void Finish(RunJob job) => Finish(job, 0.5);

    private static void Finish(RunJob job, double accuracy)
    {
        ScriptedLoop.GoBack(job);
        job.Recorder.Record(RunScript.Started(job.Spec));
        job.Recorder.Record(StudyHome.Finished(accuracy, 500));
    }

    /// <summary>Steps until the run ends, or until it is interrupted as if its process had ended.</summary>
    private static void Steps(RunJob job, Func<bool> isEnough)
    {
        ScriptedLoop.GoBack(job);
        job.Recorder.Record(RunScript.Started(job.Spec));
        for (int step = 1; step <= 5; step++)
        {
            if (isEnough())
            {
                job.Control.CancelToken.WaitHandle.WaitOne();
                return;
            }

            job.Recorder.Record(RunScript.Step(step, job.Spec));
        }

        job.Recorder.Record(StudyHome.Finished(0.5, 500));
    }

    private async Task<Worked> StartAsync(bool withScheduler = true)
    {
        var work = new Worked(new Bench(_folder.Home, _executor));
        await work.Bench.StartAsync(resumesRuns: true);
        await work.Bench.Follower.Ready;
        if (withScheduler)
        {
            await work.Scheduler.StartAsync(TestContext.Current.CancellationToken);
        }

        return work;
    }

    private sealed class Worked : IAsyncDisposable
    {
        private readonly RunCatalog _catalog;

        public Worked(Bench bench)
        {
            Bench = bench;
            _catalog = new RunCatalog(bench.Home, RunSidecar.IsDeleted);
            Studies =
                new StudyManager(
                    bench.Home, new StudyStore(bench.Home), _catalog, bench.History, bench.Queue, bench.Active, bench.Manager,
                    TimeProvider.System);
            Scheduler = new StudyScheduler(
                Studies, bench.Follower, resumes: true, NullLogger<StudyScheduler>.Instance)
            { Interval = TimeSpan.FromMilliseconds(50) };
        }

        public Bench Bench { get; }

        public StudyManager Studies { get; }

        public StudyScheduler Scheduler { get; }

        public StudyReader Reader => new(Bench.Home, new StudyStore(Bench.Home), _catalog, Bench.History);

        public bool IsIdle => !Bench.History.ListRuns().Any(run => run.State.IsActive() || run.State == RunState.Queued);

        public StudyProgress Look(Study study) => StudyProgress.Of(new StudyStore(Bench.Home).Get(study.Id), Bench.Home, _catalog);

        /// <summary>Waits for the last run, whose folder is held a moment longer than history knows it to be running.</summary>
        public Task DoneAsync(Study study) => Eventually.Holds(() =>
            new StudyStore(Bench.Home).Get(study.Id).Queue == StudyQueue.Off && IsIdle && Look(study).Count(StudyRunState.Active) == 0);

        public async ValueTask DisposeAsync()
        {
            await Scheduler.StopAsync(CancellationToken.None);
            Scheduler.Dispose();
            await Bench.DisposeAsync();
        }
    }
}
