using DistillStudio.Cluster;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.History;
using DistillStudio.Jobs;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistillStudio.Tests.Support;

/// <summary>Everything that runs need, on a separate home, without the web.</summary>
internal sealed class Bench : IAsyncDisposable
{
    private readonly RunWorker _worker;
    private readonly RunResumer _resumer;

    public Bench(StudioHome home, IRunExecutor executor, ISlurm? slurm = null)
    {
        Home = home;
        History = new RunHistory(home.Database, TimeProvider.System, NullLogger<RunHistory>.Instance);
        Editor = new RunEditor(History);
        Queue = new RunQueue(History, Editor);
        Active = new ActiveRuns();
        Follower = new EventIngester(home, History, Active, TimeProvider.System, NullLogger<EventIngester>.Instance);
        Manager = new RunManager(home, Editor, Queue, Active, Follower, TimeProvider.System, slurm);
        _resumer = new RunResumer(History, Follower, Queue, Active, TimeProvider.System, NullLogger<RunResumer>.Instance);
        _worker = new RunWorker(Queue, executor, Active, Follower, History, TimeProvider.System, Log);
    }

    /// <summary>What the worker logs.</summary>
    public RecordedLog<RunWorker> Log { get; } = new();

    public StudioHome Home { get; }

    public RunHistory History { get; }

    public ActiveRuns Active { get; }

    public RunEditor Editor { get; }

    public RunQueue Queue { get; }

    public EventIngester Follower { get; }

    public RunManager Manager { get; }

    public async Task<Bench> StartAsync(bool withWorker = true, bool resumesRuns = false)
    {
        if (resumesRuns)
        {
            await _resumer.StartAsync(TestContext.Current.CancellationToken);
        }

        await Follower.StartAsync(TestContext.Current.CancellationToken);
        if (withWorker)
        {
            await StartWorkerAsync();
        }

        return this;
    }

    public Task StartWorkerAsync() => _worker.StartAsync(TestContext.Current.CancellationToken);

    public RunState? StateOf(string runId) => History.Find(runId)?.State;

    public async ValueTask DisposeAsync()
    {
        await _worker.StopAsync(CancellationToken.None);
        await _resumer.StopAsync(CancellationToken.None);
        await Follower.StopAsync(CancellationToken.None);
        _worker.Dispose();
        Follower.Dispose();
        History.Dispose();
    }
}
