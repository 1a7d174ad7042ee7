using DistillStudio.Cluster;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.History;

namespace DistillStudio.Jobs;

/// <summary>
/// Submits queued runs that are placed on a cluster to Slurm, and follows their jobs. Its state is in the runs' folders, so that it
/// continues after a restart: a job is identified by the nonce in its comment, since Slurm reuses ids. Runs no command while no run is
/// placed.
/// </summary>
public sealed class ClusterDispatcher : BackgroundService
{
    /// <summary>Minimum wait between queries, as a multiple of the last one's duration: a slow controller is queried less often.</summary>
    private const int Patience = 20;

    private static readonly TimeSpan LongestInterval = TimeSpan.FromSeconds(30);

    /// <summary>Longest wait after a failed query.</summary>
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);

    private readonly ISlurm _slurm;
    private readonly RunHistory _history;
    private readonly RunQueue _queue;
    private readonly EventIngester _ingester;
    private readonly TimeProvider _time;
    private readonly ILogger<ClusterDispatcher> _log;
    private readonly ClusterSubmitter _submitter;
    private readonly JobFollower _follower;
    private readonly SemaphoreSlim _wake = new(0);

    public ClusterDispatcher(
        StudioHome home, ISlurm slurm, RunHistory history, RunQueue queue, RunEditor editor, EventIngester ingester, TimeProvider time,
        ILogger<ClusterDispatcher> log)
    {
        (_slurm, _history, _queue, _ingester, _time, _log) = (slurm, history, queue, ingester, time, log);
        _submitter = new(home, slurm, queue, editor, ingester, time, log);
        _follower = new(slurm, history, editor, ingester, time, log);
    }

    /// <summary>Why Slurm cannot be queried, in its words; null while it answers or no run is placed on it.</summary>
    public string? Problem { get; private set; }

    /// <summary>Shortest time between two queries.</summary>
    internal TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long the last writes of an ended job may take to become visible here.</summary>
    internal TimeSpan Settling
    {
        get => _follower.Settling;
        init => _follower.Settling = value;
    }

    public override void Dispose()
    {
        base.Dispose();
        _wake.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _queue.Grown += Wake;
        try
        {
            await _ingester.Ready.WaitAsync(stoppingToken);
            while (true)
            {
                long start = _time.GetTimestamp();
                TimeSpan longest = LongestInterval;
                try
                {
                    await LookAsync(stoppingToken);
                }
                catch (SlurmException e)
                {
                    Complain(e.Message);
                    longest = Retry;
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    _log.LogError(e, "The cluster could not be queried; retrying.");
                }

                TimeSpan wait = Patience * _time.GetElapsedTime(start);
                await _wake.WaitAsync(wait < Interval ? Interval : wait > longest ? longest : wait, stoppingToken);
                while (await _wake.WaitAsync(TimeSpan.Zero, stoppingToken))
                {
                    // Many runs queued at once need one look.
                }
            }
        }
        finally
        {
            _queue.Grown -= Wake;
        }
    }

    private async Task LookAsync(CancellationToken stop)
    {
        RunSummary[] live = [.. _history.ListRuns(includeDeleted: true).Where(run => run.Placement is { IsLive: true })];
        if (live.Length == 0 && !_submitter.HasWork)
        {
            Problem = null;
            return;
        }

        if (_slurm.WhyUnavailable is { } why)
        {
            Complain(why);
            return;
        }

        if (live.Length > 0)
        {
            IReadOnlyList<SlurmJob> jobs = await _slurm.ListAsync(stop);
            await _follower.FollowAsync(live, jobs, stop);
        }

        await _submitter.SubmitAsync(stop);
        Problem = null;
    }

    private void Complain(string problem)
    {
        _submitter.Postpone(problem);
        if (Problem != problem)
        {
            Problem = problem;
            _log.LogWarning("Slurm cannot be queried: {Problem}", problem);
        }
    }

    private void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (ObjectDisposedException)
        {
            // The studio is stopping.
        }
    }
}
