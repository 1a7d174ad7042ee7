namespace DistillStudio.Jobs;

/// <summary>
/// Keeps the queue up to date with the studies. An interrupted studio leaves nothing to repair: the next one reads the same files.
/// </summary>
/// <param name="resumes">False to pause the studies that an earlier studio was working on.</param>
internal sealed class StudyScheduler(StudyManager studies, EventIngester follower, bool resumes, ILogger<StudyScheduler> log)
    : BackgroundService
{
    private readonly SemaphoreSlim _wake = new(0);

    /// <summary>Longest time between two looks.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>True to work only on the studies that are placed on a cluster.</summary>
    public bool IsClusterOnly { get; init; }

    public override void Dispose()
    {
        base.Dispose();
        _wake.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        studies.Changed += Wake;
        try
        {
            await follower.Ready.WaitAsync(stoppingToken); // before that, runs of an earlier studio are not known to have ended
            if (!resumes)
            {
                await Task.Run(() => Try(studies.PauseAll), stoppingToken);
            }

            while (true)
            {
                await Task.Run(() => Try(() => studies.Feed(IsClusterOnly)), stoppingToken);
                await _wake.WaitAsync(Interval, stoppingToken); // runs end, and terminals leave studies, without a signal
            }
        }
        finally
        {
            studies.Changed -= Wake;
        }
    }

    private void Try(Action work)
    {
        try
        {
            work();
        }
        catch (Exception e)
        {
            log.LogError(e, "The studies could not be worked on; it is tried again.");
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
