using System.Runtime.Versioning;
using DistillStudio.Cluster;
using DistillStudio.Commands;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.History;
using DistillStudio.Jobs;

namespace DistillStudio.Tests.Jobs;

/// <summary>Runs on a real Slurm, each compared with the same run trained here without any of it.</summary>
[Collection(nameof(SlurmCluster))]
[Trait("Needs", "slurm")]
[SupportedOSPlatform("linux")]
public sealed class ClusterDispatcherTests : IDisposable
{
    private const string Main = "main";

    private static readonly TimeSpan Long = TimeSpan.FromMinutes(6);

    private static readonly RunSpec Short =
        DemoTraining.Short with { MaxSteps = 12, EvalSteps = 6, SaveSteps = 3, Threads = 1, Device = "cpu" };

    private readonly SlurmCluster _cluster;
    private readonly TempFolder _folder = new();
    private readonly DemoTraining _here = new();

    public ClusterDispatcherTests(SlurmCluster cluster)
    {
        SlurmCluster.Require();
        _cluster = cluster;
        var profiles = new ClusterProfiles(_folder.Home);
        profiles.Save(new() { Name = Main, Partition = "main" });
        profiles.Save(new() { Name = "nowhere", Partition = "nowhere" });
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _here.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Group_OnFourNodesWithAKillAndADrainedNode_IsOneArrayAndEndsAsTrainedHere()
    {
        await using RunningStudio studio = await RunningStudio.StartAsync(_folder.Home);
        RunSpec[] specs = [.. Enumerable.Range(0, 12).Select(i => Short with { Seed = i, MaxSteps = i == 0 ? 200 : 6 })];

        IReadOnlyList<string> ids = studio.Manager.LaunchGroup(specs, profile: Main);
        RunSummary first = studio.History.Find(ids[0])!;
        await Eventually.Holds(() => RunFiles.Events(first.Folder).OfType<Checkpointed>().Any(saved => !saved.IsBest), Long);
        string arrays = Assert.Single(ids.Select(id => studio.History.Find(id)!.Placement!.Job!.Id!.Split('_')[0]).Distinct());
        foreach (int worker in SlurmCluster.WorkersOf(first.Folder))
        {
            System.Diagnostics.Process.GetProcessById(worker).Kill(entireProcessTree: false);
        }

        await SlurmCluster.RunAsync("scontrol", "update", "nodename=n2", "state=drain", "reason=test");
        await EndAsync(studio, ids);
        await SlurmCluster.RunAsync("scontrol", "update", "nodename=n2", "state=resume");

        Assert.All(ids, id => AssertAsHere(studio, id));
        RunSummary killed = studio.History.Find(ids[0])!;
        Assert.NotEqual(arrays, killed.Placement!.Job!.Id); // it went on in a job of its own
        Assert.Contains(studio.History.FullLog(ids[0]), line => line.Message.Contains("exit code 137", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Group_StudioRestartedAndControllerDownMeanwhile_EndsAsTrainedHere()
    {
        IReadOnlyList<string> ids;
        await using (RunningStudio first = await RunningStudio.StartAsync(_folder.Home))
        {
            ids = first.Manager.LaunchGroup([Short with { MaxSteps = 150 }, Short with { MaxSteps = 150, Seed = 1 }], profile: Main);
            await Eventually.Holds(() => ids.All(id => first.History.Find(id)!.Step > 0), Long);
            await _cluster.StopControllerAsync();
        }

        await using RunningStudio studio = await RunningStudio.StartAsync(_folder.Home);
        await Eventually.Holds(() => ids.All(id => studio.History.Find(id)!.State == RunState.Finished), Long);
        Assert.All(ids, id => Assert.True(studio.History.Find(id)!.Placement!.IsLive)); // nobody can be asked how the jobs ended
        await _cluster.StartControllerAsync();
        await EndAsync(studio, ids);

        Assert.All(ids, id => AssertAsHere(studio, id));
    }

    [Fact]
    public async Task Run_PausedResumedPreemptedAndRequeued_EndsAsTrainedHere()
    {
        await using RunningStudio studio = await RunningStudio.StartAsync(_folder.Home);
        string id = studio.Manager.Launch(Short with { MaxSteps = 1_000, EvalSteps = 500, SaveSteps = 250 }, Main);
        await StepAsync(studio, id, 1);

        studio.Manager.Pause(id);
        await Eventually.Holds(() => studio.History.Find(id) is { State: RunState.Paused, Placement.IsLive: false }, Long);
        int paused = studio.History.Find(id)!.Step;
        Assert.Empty(SlurmCluster.WorkersOf(studio.History.Find(id)!.Folder));
        studio.Manager.Resume(id);
        await StepAsync(studio, id, paused + 1);

        string urgent = (await SlurmCluster.RunAsync(
            "sbatch", "--parsable", $"--partition={SlurmCluster.Urgent}", "--nodes=4", "--exclusive", "--output=/dev/null",
            "--wrap=sleep 300")).Trim();
        await Eventually.Holds(() => studio.History.Find(id) is { State: RunState.Queued, Placement.Job.State: JobState.Pending }, Long);
        int preempted = studio.History.Find(id)!.Checkpoint!.Step;
        Assert.NotEqual(0, preempted % 250); // saved when it was told, not at its next turn
        await SlurmCluster.RunAsync("scancel", urgent);
        await StepAsync(studio, id, preempted + 1);

        studio.Manager.Requeue(id);
        await Eventually.Holds(() => studio.History.Find(id)!.Checkpoint!.Step > preempted, Long);
        await EndAsync(studio, [id]);

        AssertAsHere(studio, id);
        Assert.True(studio.History.Find(id)!.Resumes.Count >= 3);
    }

    [Fact]
    public async Task Run_CancelledHereOrWithScancel_IsCancelledAndItsJobGone()
    {
        await using RunningStudio studio = await RunningStudio.StartAsync(_folder.Home);
        IReadOnlyList<string> ids = studio.Manager.LaunchGroup(
            [.. Enumerable.Range(0, 2).Select(i => Short with { MaxSteps = 100_000, EvalSteps = 50_000, Seed = i })], profile: Main);
        await StepAsync(studio, ids[0], 1);
        await StepAsync(studio, ids[1], 1);

        studio.Manager.Cancel(ids[0]);
        await SlurmCluster.RunAsync("scancel", studio.History.Find(ids[1])!.Placement!.Job!.Id!);

        await Eventually.Holds(
            () => ids.All(id => studio.History.Find(id) is { State: RunState.Cancelled, Placement.IsLive: false, Checkpoint: not null }),
            Long);
        Assert.All(ids, id => Assert.Single(RunFiles.Events(studio.History.Find(id)!.Folder).OfType<Cancelled>()));
    }

    [Fact]
    public async Task Run_ThatSlurmRefuses_FailsWithSlurmsWords()
    {
        await using RunningStudio studio = await RunningStudio.StartAsync(_folder.Home);

        string id = studio.Manager.Launch(Short, "nowhere");

        await Eventually.Holds(() => studio.History.Find(id)!.Failure is not null, Long);
        Assert.Contains("Invalid partition name", studio.History.Find(id)!.Failure!.Message, StringComparison.Ordinal);
        Assert.Equal(RunState.Failed, studio.History.Find(id)!.State);
    }

    [Fact]
    public async Task Profile_Tested_TellsWhatTheNodeOffers()
    {
        List<ClusterTestResult> told = [];

        ClusterTestResult result = await new ClusterTester(_folder.Home, new SlurmCommands(), TimeProvider.System).RunAsync(
            new ClusterProfiles(_folder.Home).Get(Main), told.Add, Cancel);

        Assert.True(result.Found is { LibTorch: not null, HomeProblem: null }, result.Problem);
        Assert.Contains(told, now => !now.IsDone);
        var broken = new ClusterProfile { Name = "broken", Preamble = ["echo the module is not there; exit 9"] };
        ClusterTestResult failed = await new ClusterTester(_folder.Home, new SlurmCommands(), TimeProvider.System).RunAsync(
            broken, _ => { }, Cancel);
        Assert.Contains("exit code 9", failed.Problem, StringComparison.Ordinal);
        Assert.Contains("the module is not there", failed.Problem, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Run_PastItsTimeLimit_ContinuesExactlyWhereItWas()
    {
        new ClusterProfiles(_folder.Home).Save(new() { Name = "brief", TimeLimit = "1", Notice = 20 });
        await using RunningStudio studio = await RunningStudio.StartAsync(_folder.Home);
        string id = studio.Manager.Launch(Short with { MaxSteps = 100_000, EvalSteps = 50_000, SaveSteps = 50_000 }, "brief");

        await Eventually.Holds(() => studio.History.Find(id)!.Placement!.Job is { State: JobState.Running, Restarts: 1 }, Long);
        await Eventually.Holds(() => studio.History.Find(id)!.Resumes is [{ } mark] && studio.History.Find(id)!.Step > mark.Step, Long);
        studio.Manager.Cancel(id);
        await Eventually.Holds(() => studio.History.Find(id) is { State: RunState.Cancelled, Placement.IsLive: false }, Long);

        RunSummary run = studio.History.Find(id)!;
        object[] steps = DemoTraining.Steps(RunFiles.Events(run.Folder));
        (List<RunEvent> events, RunFolder folder) = _here.Train(run.Spec, stopAfter: steps.Length);
        Assert.Equal(DemoTraining.Steps(events), steps);
        Assert.Equal(LastCheckpoint(folder.Path), LastCheckpoint(run.Folder)); // its weights and optimiser state, to the last bit
    }

    [Fact]
    public async Task Commands_OnAProfile_HandARunAndAStudyOver()
    {
        string[] settings =
        [
            "--dataset", "demo", "--from_pretrained", "demo", "--max_steps", "4", "--eval_steps", "4", "--batch_size", "8", "--eval_limit",
            "8", "--gen_max_len", "4", "--threads", "1", "--on", Main, "--home", _folder.Path,
        ];

        CommandResult train = await InProcess.RunAsync(["train", .. settings, "--run", "9"]);
        CommandResult study = await InProcess.RunAsync(
            ["study", "run", "--preset", "standard-vs-step-by-step", "--seeds", "2", "--name", "small", .. settings]);

        Assert.True(train.ExitCode == 0, train.Error);
        Assert.Contains("is job", train.Out, StringComparison.Ordinal);
        Assert.True(study.ExitCode == 0, study.Error);
        Assert.Contains("small: 4 of 4 runs ended", study.Out, StringComparison.Ordinal);
        RunSummary[] runs = [.. new RunArchive(_folder.Home).List(Assert.Fail)];
        Assert.Equal(5, runs.Length);
        Assert.Equal(2, runs.Select(run => run.Placement!.Job!.Id!.Split('_')[0]).Distinct().Count());
        RunSummary[] studied = [.. runs.Where(run => run.Group is not null)];
        Assert.All(studied, run => Assert.Equal(RunState.Finished, run.State));
        Assert.Contains("small: 4 of 4", (await InProcess.RunAsync(
            ["study", "run", "small", "--on", Main, "--home", _folder.Path])).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StudyRun_RerunOfRunsThatSlurmRefused_TrainsThemOnAnotherProfile()
    {
        CommandResult refused = await InProcess.RunAsync(
        [
            "study", "run", "--preset", "standard-vs-step-by-step", "--seeds", "1", "--name", "small", "--dataset", "demo",
            "--from_pretrained", "demo", "--max_steps", "2", "--eval_steps", "2", "--batch_size", "8", "--eval_limit", "8",
            "--gen_max_len", "4", "--threads", "1", "--on", "nowhere", "--home", _folder.Path,
        ]);
        string[] again = ["study", "run", "small", "--rerun-failed", "--on", Main, "--home", _folder.Path];
        CommandResult busy;
        await using (await RunningStudio.StartAsync(_folder.Home))
        {
            busy = await InProcess.RunAsync(again);
        }

        CommandResult mended = await InProcess.RunAsync(again);

        Assert.Equal(ExitCodes.Failed, refused.ExitCode);
        Assert.Contains("rerun the failed runs of small on its page", busy.Error, StringComparison.Ordinal);
        Assert.True(mended.ExitCode == ExitCodes.Done, mended.Error + mended.Out);
        RunSummary[] runs = [.. new RunArchive(_folder.Home).List(Assert.Fail)];
        Assert.Equal([RunState.Finished, RunState.Finished], runs.Select(run => run.State));
        Assert.All(runs, run => Assert.Equal(Main, run.Placement!.Profile));
    }

    [Fact]
    public async Task Run_OnAProfileWithScratch_ReadsTheNodesOwnCopyAndTokenizesOnce()
    {
        string scratch = _folder["node-disk"];
        new ClusterProfiles(_folder.Home).Save(new() { Name = "copying", Partition = "main", Scratch = scratch });
        WriteSvamp(_folder.Home);
        await using RunningStudio studio = await RunningStudio.StartAsync(_folder.Home);
        RunSpec spec = Short with { Dataset = "svamp", Teacher = "palm", MaxSteps = 4, EvalSteps = 2 };

        IReadOnlyList<string> ids = studio.Manager.LaunchGroup([spec, spec with { Alpha = 0.9 }], profile: "copying");
        await EndAsync(studio, ids);

        string copy = Assert.Single(Directory.GetFiles(scratch, "svamp_train.json", SearchOption.AllDirectories));
        Assert.Equal(
            File.ReadAllText(Path.Combine(_folder.Home.Datasets, "svamp", "svamp_train.json")), File.ReadAllText(copy));
        Assert.Single(Directory.GetFiles(_folder.Home.Tokens));
        WriteSvamp(new StudioHome(_here.Root));
        Assert.All(ids, id => AssertAsHere(studio, id));
    }

    private static string LastCheckpoint(string runFolder) =>
        RunFiles.Events(runFolder).OfType<Checkpointed>().Last(saved => !saved.IsBest).StateSha256!;

    private static void WriteSvamp(StudioHome home)
    {
        SmallSvamp.Write(home.Datasets, "train", 40, hasTeacher: true);
        SmallSvamp.Write(home.Datasets, "test", 10, hasTeacher: true);
    }

    private static Task StepAsync(RunningStudio studio, string id, int step) =>
        Eventually.Holds(() => studio.History.Find(id) is { State: RunState.Running } run && run.Step >= step, Long);

    private static Task EndAsync(RunningStudio studio, IReadOnlyList<string> ids) => Eventually.Holds(
        () => ids.All(id =>
        {
            RunSummary run = studio.History.Find(id)!;
            Assert.True(run.Failure is null, run.Failure?.Message);
            return run is { State: RunState.Finished, Placement.IsLive: false };
        }),
        Long);

    /// <summary>Compares the run with the same one trained in this process: its steps, its evaluations, its weights.</summary>
    private void AssertAsHere(RunningStudio studio, string id)
    {
        RunSummary run = studio.History.Find(id)!;
        (List<RunEvent> recorded, RunFolder folder) = _here.Train(run.Spec);
        RunEvent[] events = RunFiles.Events(run.Folder);
        Assert.Equal(DemoTraining.Steps(recorded), DemoTraining.Steps(events));
        Assert.Equal(DemoTraining.Evaluations(recorded), DemoTraining.Evaluations(events));
        Assert.Equal(RunFiles.Weights(folder.ModelPath), RunFiles.Weights(Path.Combine(run.Folder, "model")));
        long[] numbers = [.. events.Select(e => e.Number)];
        Assert.Equal(numbers.Distinct().Order(), numbers);
        Assert.Equal(events[^1].Number, run.LastNumber);
        Assert.Equal(DemoTraining.Steps(events).Length, run.Rows);
    }
}
