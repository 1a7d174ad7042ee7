using DistillStudio.Cluster;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;
using DistillStudio.History;
using DistillStudio.Jobs;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistillStudio.Tests.Jobs;

/// <summary>How runs follow the jobs of a Slurm that the test scripts.</summary>
public sealed class JobFollowerTests : IDisposable
{
    private static readonly RunSpec Spec = DemoTraining.Short;

    private readonly TempFolder _folder = new();
    private readonly ScriptedSlurm _slurm = new();
    private readonly ScriptedExecutor _executor = new() { StepTime = TimeSpan.Zero };

    public JobFollowerTests() => new ClusterProfiles(_folder.Home).Save(new() { Name = "gpu" });

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Queue_RunsOfBothPlaces_NeitherTakesTheOthers()
    {
        await using Desk desk = await StartAsync();
        string placed = desk.Bench.Manager.Launch(Spec, "gpu");
        string here = desk.Bench.Manager.Launch(Spec);

        await Eventually.Holds(() => desk.Bench.StateOf(here) == RunState.Finished);
        await Eventually.Holds(() => desk.Find(placed).Placement!.Job is { Id: "11", Reason: "Resources" });

        Assert.Equal(RunState.Queued, desk.Bench.StateOf(placed));
        Assert.Single(_slurm.Submitted);
        Assert.Null(desk.Find(here).Placement);
    }

    [Fact]
    public async Task Group_LargerThanAnArray_IsSeveralArrays()
    {
        await using Desk desk = await StartAsync();

        IReadOnlyList<string> ids = desk.Bench.Manager.LaunchGroup([.. Enumerable.Range(0, 7).Select(i => Spec with { Seed = i })],
            profile: "gpu");

        await Eventually.Holds(() => ids.All(id => desk.Find(id).Placement!.Job?.Reason is not null));
        Assert.Equal(
            ["11_0", "11_1", "11_2", "12_0", "12_1", "12_2", "13"], ids.Select(id => desk.Find(id).Placement!.Job!.Id));
    }

    [Fact]
    public async Task Job_IdTakenByAnother_IsNotMistaken()
    {
        await using Desk desk = await StartAsync();
        string id = desk.Bench.Manager.Launch(Spec, "gpu");
        await Eventually.Holds(() => desk.Find(id).Placement!.Job is { Id: "11", State: JobState.Pending });

        _slurm.Forget();

        await Eventually.Holds(() => _slurm.Submitted.Count == 2); // it goes on in another job
        Assert.DoesNotContain("cancel 11", _slurm.Asked);
        Assert.Equal(RunState.Queued, desk.Bench.StateOf(id));
    }

    [Fact]
    public async Task Studio_EndedWhileItSubmitted_TheNextOneFindsTheJobOrSubmitsAgain()
    {
        string arrived, lost;
        await using (Desk first = await StartAsync(withDispatcher: false))
        {
            arrived = first.Bench.Manager.Launch(Spec, "gpu");
            lost = first.Bench.Manager.Launch(Spec, "gpu");
            await _slurm.SubmitAsync([$"--comment={JobScript.Comment("a")}"], "", TestContext.Current.CancellationToken);
            foreach ((string id, string nonce) in new[] { (arrived, "a"), (lost, "b") })
            {
                first.Bench.Editor.Edit(id, run => run with { Placement = run.Placement! with { Job = new(nonce) } });
            }
        }

        await using Desk desk = await StartAsync();

        await Eventually.Holds(() => desk.Find(arrived).Placement!.Job is { Id: "11", Nonce: "a" });
        await Eventually.Holds(() => desk.Find(lost).Placement!.Job is { Id: "12" } job && job.Nonce != "b");
        Assert.Equal(2, _slurm.Submitted.Count);
    }

    [Fact]
    public async Task Slurm_DoesNotAnswer_RunsStayAsTheyAre()
    {
        await using Desk desk = await StartAsync();
        string running = desk.Bench.Manager.Launch(Spec, "gpu");
        await Eventually.Holds(() => desk.Find(running).Placement!.Job?.Id == "11");
        _slurm.Run("11");
        await Eventually.Holds(() => desk.Bench.StateOf(running) == RunState.Running);

        _slurm.Fault = new SlurmException("squeue: Unable to contact slurm controller.", isLasting: false);
        string waiting = desk.Bench.Manager.Launch(Spec, "gpu");
        await Eventually.Holds(() => desk.Dispatcher.Problem is not null);
        await Eventually.Holds(() => ClusterText.Standing(desk.Find(waiting).Placement).Contains("(the studio tries again): squeue: Unable"));
        Assert.Equal(RunState.Running, desk.Bench.StateOf(running));
        Assert.Equal(RunState.Queued, desk.Bench.StateOf(waiting));

        _slurm.Fault = null;
        await Eventually.Holds(() => desk.Dispatcher.Problem is null && desk.Find(waiting).Placement is { Problem: null, Job.Id: "12" });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Submission_Refused_FailsForGoodOrWaits(bool isLasting)
    {
        _slurm.Refusal = new SlurmException("sbatch: Job violates accounting/QOS policy.", isLasting);
        await using Desk desk = await StartAsync();

        string id = desk.Bench.Manager.Launch(Spec, "gpu");

        await Eventually.Holds(() => desk.Find(id).Placement!.Problem == _slurm.Refusal.Message);
        await Eventually.Holds(() => desk.Bench.StateOf(id) == (isLasting ? RunState.Failed : RunState.Queued));
        Assert.Equal(isLasting, RunFiles.Events(desk.Find(id).Folder).Any(e => e is Failed));
    }

    [Fact]
    public async Task Run_WithdrawnOrDeleted_LeavesTheClusterAndIsNotCancelled()
    {
        await using Desk desk = await StartAsync();
        string withdrawn = desk.Bench.Manager.Launch(Spec, "gpu");
        string deleted = desk.Bench.Manager.Launch(Spec, "gpu");
        await Eventually.Holds(() => desk.Find(deleted).Placement!.Job?.Id == "12");

        Assert.True(desk.Bench.Queue.TryWithdraw(withdrawn));
        desk.Bench.Queue.AddAgain(withdrawn, isNext: false); // before the job has left
        desk.Bench.Manager.Delete([deleted]);

        await Eventually.Holds(() => desk.Find(withdrawn).Placement!.Job is { Id: "13" });
        await Eventually.Holds(() => !desk.Find(deleted).Placement!.IsLive);
        Assert.Equal(["cancel 11", "cancel 12"], _slurm.Asked.Distinct().Order());
        Assert.Empty(RunFiles.Events(desk.Find(withdrawn).Folder));
    }

    [Fact]
    public async Task Folder_CopiedToAnotherHomeWhileItsJobRuns_IsNotThatJobsRun()
    {
        using var other = new TempFolder();
        RunSummary run;
        await using (Desk desk = await StartAsync())
        {
            string id = desk.Bench.Manager.Launch(Spec, "gpu");
            await Eventually.Holds(() => desk.Find(id).Placement!.Job?.Id == "11");
            run = desk.Find(id);
        }

        string copy = Path.Combine(other.Home.Runs, run.Id);
        Directory.CreateDirectory(copy);
        foreach (string file in new[] { "spec.json", "studio.json" })
        {
            File.Copy(Path.Combine(run.Folder, file), Path.Combine(copy, file));
        }

        Assert.True(FoundRun.Read(run.Folder)!.Placement!.IsLive);
        Assert.Null(FoundRun.Read(copy)!.Placement);
    }

    [Fact]
    public void Launch_WithoutSlurmOrProfile_SaysWhatItNeeds()
    {
        using var history = new RunHistory(_folder.Home.Database, TimeProvider.System, NullLogger<RunHistory>.Instance);
        var editor = new RunEditor(history);
        var queue = new RunQueue(history, editor);
        using var follower = new EventIngester(
            _folder.Home, history, new ActiveRuns(), TimeProvider.System, NullLogger<EventIngester>.Instance);
        var manager = new RunManager(_folder.Home, editor, queue, new ActiveRuns(), follower, TimeProvider.System, _slurm);
        Assert.Contains("no profile", Assert.Throws<InputException>(() => manager.Launch(Spec, "no")).Message, StringComparison.Ordinal);

        _slurm.WhyUnavailable = "Slurm is not installed here.";

        Assert.Equal(_slurm.WhyUnavailable, Assert.Throws<InputException>(() => manager.Launch(Spec, "gpu")).Message);
        Assert.Equal(_slurm.WhyUnavailable, manager.WhyNoCluster);
        Assert.Empty(history.ListRuns());
    }

    private async Task<Desk> StartAsync(bool withDispatcher = true)
    {
        var bench = new Bench(_folder.Home, _executor, _slurm);
        var desk = new Desk(bench, new ClusterDispatcher(
            bench.Home, _slurm, bench.History, bench.Queue, bench.Editor, bench.Follower, TimeProvider.System,
            NullLogger<ClusterDispatcher>.Instance)
        {
            Interval = TimeSpan.FromMilliseconds(20),
            Settling = TimeSpan.Zero,
        });
        await bench.StartAsync();
        if (withDispatcher)
        {
            await desk.Dispatcher.StartAsync(TestContext.Current.CancellationToken);
        }

        return desk;
    }

    private sealed record Desk(Bench Bench, ClusterDispatcher Dispatcher) : IAsyncDisposable
    {
        public RunSummary Find(string id) => Bench.History.Find(id)!;

        public async ValueTask DisposeAsync()
        {
            await Dispatcher.StopAsync(CancellationToken.None);
            Dispatcher.Dispose();
            await Bench.DisposeAsync();
        }
    }
}
