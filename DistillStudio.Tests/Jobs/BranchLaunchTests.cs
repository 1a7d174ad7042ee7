using System.Collections.Concurrent;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.History;
using DistillStudio.Jobs;

namespace DistillStudio.Tests.Jobs;

/// <summary>Branches through the studio's queue.</summary>
public sealed class BranchLaunchTests : IDisposable
{
    private static readonly RunSpec Spec = DemoTraining.Short with { Threads = 1 };

    private readonly DemoTraining _runs = new();

    public void Dispose() => _runs.Dispose();

    [Fact]
    public async Task Launch_ParentGoneBeforeItsTurn_IsTrainedToItsEnd()
    {
        (_, RunFolder parent) = _runs.Train(Spec);
        var home = new StudioHome(_runs.Root);
        await using Bench bench = await new Bench(home, new LocalExecutor(home)).StartAsync(withWorker: false);
        await Eventually.Holds(() => bench.StateOf(parent.Id) == RunState.Finished);

        string id = bench.Manager.Launch(BranchRules.Inherit(Spec, parent.Id, 6) with { Alpha = 0.9 });
        Assert.Equal(RunState.Queued, bench.StateOf(id));
        Directory.Delete(parent.Path, recursive: true);
        await bench.StartWorkerAsync();

        await Eventually.Holds(() => bench.StateOf(id)!.Value.HasEnded(), TimeSpan.FromMinutes(2));
        RunSummary run = bench.History.Find(id)!;
        Assert.True(run.State == RunState.Finished, $"{run.State}: {run.Failure?.Message} {run.Failure?.Detail}");
        Assert.Equal((6, 6), (run.BranchMark!.Step, run.Branched!.Step));
        Assert.Empty(run.Resumes); // its start is no resumption
        Assert.Equal(9, run.Rows);
        Assert.True(run.BestValidStep > 6);
        Assert.Empty(Directory.GetDirectories(home.Runs, ".*"));
    }

    [Fact]
    public async Task LaunchGroup_OneBranchCannotBe_LaunchesNone()
    {
        (_, RunFolder parent) = _runs.Train(Spec);
        await using Bench bench = await new Bench(new StudioHome(_runs.Root), new ScriptedExecutor()).StartAsync(withWorker: false);
        await Eventually.Holds(() => bench.StateOf(parent.Id) == RunState.Finished);
        var branch = BranchRules.Inherit(Spec, parent.Id, 6);

        Assert.Contains("4", Why([branch, branch with { BranchStep = 4 }]), StringComparison.Ordinal);
        Assert.Contains("cannot change", Why([branch, branch with { GradSteps = 4 }]), StringComparison.Ordinal);
        Assert.Contains("not there any more", Why([branch, branch with { Branch = "../x" }]), StringComparison.Ordinal);
        bench.Manager.Delete([parent.Id]);
        Assert.Contains("not there any more", Why([branch]), StringComparison.Ordinal);

        Assert.Empty(bench.Queue.Waiting());
        string Why(RunSpec[] specs) => Assert.Throws<InputException>(() => bench.Manager.LaunchGroup(specs)).Message;
    }

    [Fact]
    public async Task Cancel_WaitingBranch_KeepsItsCheckpointToResumeFrom()
    {
        (_, RunFolder parent) = _runs.Train(Spec);
        await using Bench bench = await new Bench(new StudioHome(_runs.Root), new ScriptedExecutor()).StartAsync(withWorker: false);
        await Eventually.Holds(() => bench.StateOf(parent.Id) == RunState.Finished);
        string id = bench.Manager.Launch(BranchRules.Inherit(Spec, parent.Id, 6));

        bench.Manager.Cancel(id);

        await Eventually.Holds(() => bench.History.Find(id)!.Step == 6);
        Assert.True(bench.History.Find(id) is { State: RunState.Cancelled, CanResume: true });
    }

    /// <summary>The branch's event file begins with another run's steps: they must not be taken for steps of its own.</summary>
    [Fact]
    public async Task Cancel_WaitingBranchWhileItsEventsAreRead_IsNeverFoundRunning()
    {
        (_, RunFolder parent) = _runs.Train(Spec);
        await using Bench bench = await new Bench(new StudioHome(_runs.Root), new ScriptedExecutor()).StartAsync(withWorker: false);
        await Eventually.Holds(() => bench.StateOf(parent.Id) == RunState.Finished);
        ConcurrentBag<RunState> seen = [];
        bench.History.Changed += change =>
        {
            if (change.RunId != parent.Id && bench.StateOf(change.RunId) is { } state)
            {
                seen.Add(state);
            }
        };

        for (int i = 0; i < 10; i++)
        {
            string id = bench.Manager.Launch(BranchRules.Inherit(Spec, parent.Id, 6));
            using var stop = new CancellationTokenSource();
            Task reading = Task.Run(
                () =>
                {
                    while (!stop.IsCancellationRequested)
                    {
                        bench.Follower.Poke(id);
                    }
                },
                TestContext.Current.CancellationToken);

            bench.Manager.Cancel(id);

            await Eventually.Holds(() => bench.History.Find(id)!.Step == 6);
            await stop.CancelAsync();
            await reading;
        }

        Assert.Equal([RunState.Queued, RunState.Cancelled], seen.Distinct().Order());
    }
}
