using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.History;

namespace DistillStudio.Jobs;

/// <summary>
/// Queues the runs that an earlier studio was training when it ended, ahead of the queued runs. A paused run is left unchanged,
/// and a run that repeatedly terminated the program at the same checkpoint is marked as failed.
/// </summary>
internal sealed class RunResumer(
    RunHistory history, EventIngester ingester, RunQueue queue, ActiveRuns active, TimeProvider time, ILogger<RunResumer> log)
    : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        ingester.Orphaned += TakeUp;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        ingester.Orphaned -= TakeUp;
        return Task.CompletedTask;
    }

    private void TakeUp(string runId)
    {
        if (active.WasClaimed(runId) || history.Find(runId) is not { State: RunState.Interrupted, DeletedAt: null } run)
        {
            return; // runs of this studio are resumed by the next one
        }

        try
        {
            RunFolder folder = RunFolder.Open(run.Folder);
            if (RunAttempts.Read(folder) is not { } attempts || IsPaused(history, run))
            {
                return;
            }

            if (attempts.Count >= RunAttempts.Most && attempts.Step == RunAttempts.PlaceOf(folder))
            {
                SetAside(run, folder, attempts);
            }
            else
            {
                queue.AddAgain(runId, isNext: true);
            }
        }
        catch (RunHeldException)
        {
            ingester.FollowElsewhere(runId);
        }
        catch (Exception e) when (e is InputException or IOException or UnauthorizedAccessException)
        {
            history.SetProblem(runId, e.Message);
            log.LogWarning("Run {Run} stays interrupted: {Problem}", runId, e.Message);
        }
    }

    /// <summary>Returns true if the run's last event is a pause, which only a user ends.</summary>
    internal static bool IsPaused(IRunHistory history, RunSummary run) => history.Events(run.Id, run.LastNumber, 1) is [Paused];

    private void SetAside(RunSummary run, RunFolder folder, RunAttempts attempts)
    {
        using (var recorder = new RunRecorder(folder.EventsPath, [], time))
        {
            recorder.Record(new Failed(
                run.Step,
                $"The run ended the program {attempts.Count} times in a row "
                    + $"{(attempts.Step == 0 ? "before its first checkpoint" : $"after its checkpoint of step {attempts.Step}")}, "
                    + $"so it is not retried automatically.",
                $"check whether memory is short (a smaller --batch_size needs less) and what the system's log says, "
                    + $"then {RunFailure.GoOn(attempts.Step > 0)}.",
                null));
        }

        RunAttempts.End(folder);
        ingester.Poke(run.Id);
    }
}
