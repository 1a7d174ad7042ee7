using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.History;

namespace DistillStudio.Jobs;

/// <summary>What differs for runs that are placed on a cluster.</summary>
public sealed partial class RunManager
{
    private readonly PlacedRuns _placed = new(home, editor, queue, slurm);

    public string? WhyNoCluster => _placed.WhyNone;

    public void Pause(string runId)
    {
        if (!_placed.TryAsk(runId, JobRequest.Pause))
        {
            Control(runId).Pause();
        }
    }

    public void Requeue(string runId)
    {
        if (!_placed.TryAsk(runId, JobRequest.Requeue))
        {
            throw new InputException($"{editor.Get(runId).Title} is not on a cluster now; resume it instead.");
        }
    }

    public void Place(string runId, string? profile)
    {
        RunSummary run = editor.Get(runId);
        if (run.State is RunState.Running || run.Placement is { IsLive: true } || active.IsClaimed(runId) || RunLock.IsHeld(run.Folder))
        {
            throw new InputException($"{run.Title} is being trained; pause or cancel it first, then place it elsewhere.");
        }

        RunPlacement? placement = _placed.Require(profile);
        editor.Edit(runId, now => now with
        {
            Placement = placement,
            State = now.State == RunState.Paused ? RunState.Interrupted : now.State, // that of a run which no process holds
        });
        queue.RaiseGrown();
    }

    /// <summary>Cancels a run that is paused on a cluster, where nothing holds it; returns false for any other.</summary>
    private bool TryCancelPaused(string runId)
    {
        if (editor.Get(runId) is not { State: RunState.Paused, Placement.IsLive: false })
        {
            return false;
        }

        RecordCancelled(runId);
        return true;
    }
}
