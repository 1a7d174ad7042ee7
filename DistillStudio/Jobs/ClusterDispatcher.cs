using DistillStudio.Cluster;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.History;

namespace DistillStudio.Jobs;

/// <summary>
/// Hands queued runs that are placed on a cluster to Slurm, and follows their jobs. What it knows lies in the runs' folders, so that it
/// goes on after a restart: a job is told by the nonce in its comment, since ids are used again. Calls no command while no run is placed.
/// </summary>
public sealed class ClusterDispatcher : BackgroundService
{
    /// <summary>How much longer than the last question to Slurm took the next one waits at least.</summary>
    private const int Patience = 20;

    private static readonly TimeSpan LongestInterval = TimeSpan.FromSeconds(30);

    /// <summary>Longest wait after a question that was not answered.</summary>
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

    /// <summary>Why Slurm cannot be asked, in its words; null while it answers or nothing is placed on it.</summary>
    public string? Problem { get; private set; }

    /// <summary>Shortest time between two questions to Slurm.</summary>
    internal TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long what an ended job has written may take to become visible here.</summary>
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
                    _log.LogError(e, "The cluster could not be looked at; it is tried again.");
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
        if (Problem != problem)
        {
            Problem = problem;
            _log.LogWarning("Slurm cannot be asked now: {Problem}", problem);
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
