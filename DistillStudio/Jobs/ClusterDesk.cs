using DistillStudio.Cluster;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Studies;
using DistillStudio.History;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistillStudio.Jobs;

/// <summary>What a studio does for runs on a cluster, for a terminal: it follows the home's runs, submits jobs, works on studies, and
/// trains nothing. The caller holds the home.</summary>
internal sealed class ClusterDesk : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly EventIngester _ingester;
    private readonly ClusterDispatcher _dispatcher;
    private readonly StudyScheduler _studies;

    private ClusterDesk(StudioHome home, ISlurm slurm)
    {
        TimeProvider time = TimeProvider.System;
        History = new RunHistory(home.Database, time, NullLogger<RunHistory>.Instance);
        var editor = new RunEditor(History);
        var queue = new RunQueue(History, editor);
        var active = new ActiveRuns();
        _ingester = new EventIngester(home, History, active, time, NullLogger<EventIngester>.Instance);
        Manager = new RunManager(home, editor, queue, active, _ingester, time, slurm);
        _dispatcher = new ClusterDispatcher(
            home, slurm, History, queue, editor, _ingester, time, NullLogger<ClusterDispatcher>.Instance);
        Studies = new StudyManager(
            home, new StudyStore(home), new RunCatalog(home, RunSidecar.IsDeleted), History, queue, active, Manager, time);
        _studies = new StudyScheduler(Studies, _ingester, resumes: true, NullLogger<StudyScheduler>.Instance) { IsClusterOnly = true };
    }

    public RunHistory History { get; }

    public RunManager Manager { get; }

    public StudyManager Studies { get; }

    /// <summary>Starts the work; returns once all runs of the home are read.</summary>
    public static async Task<ClusterDesk> OpenAsync(StudioHome home, ISlurm slurm, CancellationToken stop)
    {
        var desk = new ClusterDesk(home, slurm);
        await desk._ingester.StartAsync(stop);
        await desk._dispatcher.StartAsync(stop);
        await desk._studies.StartAsync(stop);
        await desk._ingester.Ready.WaitAsync(stop);
        return desk;
    }

    /// <summary>Appends a run to the queue of a home that another process holds; returns its id.</summary>
    public static string Queue(StudioHome home, RunSpec spec, RunBranch? branch, RunPlacement placement)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        PrivateFiles.MakeFolder(home.Runs);
        void Place(RunFolder made) => new RunSidecar
        {
            Name = spec.Name,
            QueueOrder = int.MaxValue,
            Placement = placement,
        }.Write(made.Path);
        if (branch is not null)
        {
            return branch.Create(home.Runs, spec, now, Place).Id;
        }

        RunFolder folder = RunFolder.Create(home.Runs, spec, now);
        Place(folder);
        return folder.Id;
    }

    /// <summary>Waits for a condition; returns what it holds of.</summary>
    public static async Task<T> WaitAsync<T>(Func<T> read, Func<T, bool> isDone, CancellationToken stop)
    {
        while (true)
        {
            T now = read();
            if (isDone(now))
            {
                return now;
            }

            await Task.Delay(Interval, stop);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _studies.StopAsync(CancellationToken.None);
        await _dispatcher.StopAsync(CancellationToken.None);
        await _ingester.StopAsync(CancellationToken.None);
        _studies.Dispose();
        _dispatcher.Dispose();
        _ingester.Dispose();
        History.Dispose();
    }
}
