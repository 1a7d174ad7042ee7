using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;
using DistillStudio.History;

namespace DistillStudio.Jobs;

/// <summary>
/// Launches, controls and edits runs. Each method throws <see cref="InputException"/> with a descriptive sentence if the operation
/// is not possible.
/// </summary>
public interface IRunManager
{
    /// <summary>Appends a run to the queue; returns its id.</summary>
    /// <param name="spec">The run's settings.</param>
    /// <param name="profile">Profile of the cluster that trains it; null for this machine.</param>
    string Launch(RunSpec spec, string? profile = null);

    /// <summary>
    /// Queues a standard and a step-by-step run with otherwise identical settings; returns both ids in this order.
    /// </summary>
    /// <inheritdoc cref="Launch"/>
    IReadOnlyList<string> LaunchPair(RunSpec spec, string? profile = null);

    /// <summary>Queues several runs as a group in the given order; returns their ids in the same order.</summary>
    /// <param name="specs">The runs' settings.</param>
    /// <param name="group">Name of a group that grows; null for a group of these runs only.</param>
    /// <param name="profile">As for <see cref="Launch"/>.</param>
    IReadOnlyList<string> LaunchGroup(IReadOnlyList<RunSpec> specs, string? group = null, string? profile = null);

    /// <summary>Queues a run with the settings of another; returns the new id.</summary>
    string Clone(string runId);

    /// <summary>Pauses a running run after its current step. One on a cluster gives its node back.</summary>
    void Pause(string runId);

    /// <summary>
    /// Resumes a paused run. Appends a failed, cancelled or interrupted run to the queue, to resume from its last checkpoint.
    /// </summary>
    void Resume(string runId);

    /// <summary>Ends a running or paused run after its current step, or removes a queued run from the queue.</summary>
    void Cancel(string runId);

    /// <summary>
    /// Returns where a run is trained that cannot be paused or cancelled from here, as the end of a sentence; null for any other run.
    /// </summary>
    string? WhereElse(RunSummary run);

    /// <summary>Lets a run on a cluster write a checkpoint and go back to the end of the cluster's queue.</summary>
    void Requeue(string runId);

    /// <summary>Places a run that no job and no process trains on a profile of the cluster; null for this machine.</summary>
    void Place(string runId, string? profile);

    /// <summary>Returns why runs cannot be placed on a cluster from here, as a sentence; null if they can.</summary>
    string? WhyNoCluster { get; }

    /// <summary>Hides inactive runs; their folders are removed once <see cref="UndoWindow"/> has passed.</summary>
    void Delete(IReadOnlyCollection<string> runIds);

    /// <summary>Restores deleted runs.</summary>
    void Undelete(IReadOnlyCollection<string> runIds);

    /// <summary>How long a deletion can be undone.</summary>
    TimeSpan UndoWindow { get; }

    /// <summary>Moves a queued run to a position in the queue; 0 is next.</summary>
    void MoveInQueue(string runId, int place);

    /// <summary>Sets the run's name; null or blank removes it.</summary>
    void Rename(string runId, string? name);

    /// <summary>Replaces the tags; blank and duplicate tags are dropped.</summary>
    void SetTags(string runId, IReadOnlyList<string> tags);

    void SetNotes(string runId, string notes);
}
