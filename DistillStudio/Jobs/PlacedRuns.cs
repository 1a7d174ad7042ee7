using DistillStudio.Cluster;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.History;

namespace DistillStudio.Jobs;

/// <summary>What users ask of runs that are placed on a cluster. It is recorded, and the dispatcher passes it on.</summary>
/// <param name="home">Holds the profiles.</param>
/// <param name="editor">Changes the runs.</param>
/// <param name="queue">Told of what may need the dispatcher.</param>
/// <param name="slurm">Null where runs are trained on this machine only.</param>
internal sealed class PlacedRuns(StudioHome home, RunEditor editor, RunQueue queue, ISlurm? slurm)
{
    private readonly ClusterProfiles _profiles = new(home);

    /// <inheritdoc cref="IRunManager.WhyNoCluster"/>
    public string? WhyNone => slurm is null ? "Runs are trained on this machine only." : slurm.WhyUnavailable;

    /// <summary>Returns the placement of a new run; null for this machine.</summary>
    /// <exception cref="InputException">There is no such profile, or no Slurm.</exception>
    public RunPlacement? Require(string? profile)
    {
        if (profile is null)
        {
            return null;
        }

        return WhyNone is { } why ? throw new InputException(why) : new RunPlacement(_profiles.Get(profile).Name);
    }

    /// <summary>Records a request to a run's job; returns false if the run has none.</summary>
    public bool TryAsk(string runId, JobRequest request)
    {
        if (editor.Get(runId).Placement is not { IsLive: true })
        {
            return false;
        }

        queue.Ask(runId, request);
        return true;
    }

    /// <summary>Queues a placed run that no job trains; returns false for a run that is not placed, or cannot continue.</summary>
    /// <exception cref="InputException">A job of the run is still there.</exception>
    public bool TryResume(RunSummary run)
    {
        if (run.Placement is not { } placement || !(run.CanResume || run.State == RunState.Paused))
        {
            return false;
        }

        if (placement.IsLive)
        {
            throw new InputException($"{run.Title} is still leaving the cluster; resume it in a moment.");
        }

        editor.Edit(run.Id, now => now with { Placement = new RunPlacement(placement.Profile) { Job = placement.Job } });
        queue.AddAgain(run.Id, isNext: false);
        return true;
    }
}
