using DistillStudio.History;

namespace DistillStudio.Jobs;

/// <summary>Removes the folders of deleted runs once the deletion can no longer be undone.</summary>
public sealed class RunPurger(RunHistory history, IRunManager manager, TimeProvider time, ILogger<RunPurger> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(20);

    /// <summary>Removes all runs whose undo window has passed.</summary>
    public void PurgeExpired()
    {
        DateTimeOffset before = time.GetUtcNow() - manager.UndoWindow;
        foreach (RunSummary run in history.ListRuns(includeDeleted: true).Where(run => run.DeletedAt < before && !run.State.IsActive()))
        {
            try
            {
                if (Directory.Exists(run.Folder))
                {
                    Directory.Delete(run.Folder, recursive: true);
                }

                history.Remove(run.Id);
            }
            catch (Exception e)
            {
                log.LogWarning(e, "{Folder} could not be removed; retrying.", run.Folder);
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            PurgeExpired();
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
