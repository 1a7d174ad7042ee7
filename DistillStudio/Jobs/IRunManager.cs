using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Jobs;

/// <summary>All that a person can ask of runs. Each method throws <see cref="InputException"/> with a sentence where it cannot be done.</summary>
public interface IRunManager
{
    /// <summary>Puts a run at the end of the queue; returns its id.</summary>
    string Launch(RunSpec spec);

    /// <summary>Standard and step-by-step with all other settings the same; returns both ids in this order.</summary>
    IReadOnlyList<string> LaunchPair(RunSpec spec);

    /// <summary>Several runs that belong together, queued in this order; returns their ids in the same order.</summary>
    IReadOnlyList<string> LaunchGroup(IReadOnlyList<RunSpec> specs);

    /// <summary>Queues a run with the settings of another; returns the new id.</summary>
    string Clone(string runId);

    /// <summary>Holds a running run after its current step.</summary>
    void Pause(string runId);

    /// <summary>Lets a paused run go on; puts one that failed, was cancelled or interrupted at the end of the queue, to go on from its last checkpoint.</summary>
    void Resume(string runId);

    /// <summary>Ends a running or paused run after its current step, or takes a queued one from the queue.</summary>
    void Cancel(string runId);

    /// <summary>Hides runs that are not active; their folders are removed once <see cref="UndoWindow"/> has passed.</summary>
    void Delete(IReadOnlyCollection<string> runIds);

    /// <summary>Brings deleted runs back.</summary>
    void Undelete(IReadOnlyCollection<string> runIds);

    /// <summary>How long a deletion can be undone.</summary>
    TimeSpan UndoWindow { get; }

    /// <summary>Moves a queued run to a place in the queue, 0 for next.</summary>
    void MoveInQueue(string runId, int place);

    /// <summary>Null or blank takes the name away.</summary>
    void Rename(string runId, string? name);

    /// <summary>Replaces the tags; blanks and doubles are dropped.</summary>
    void SetTags(string runId, IReadOnlyList<string> tags);

    void SetNotes(string runId, string notes);
}
