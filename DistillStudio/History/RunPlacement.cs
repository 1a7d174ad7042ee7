using System.Text.Json.Serialization;

namespace DistillStudio.History;

/// <summary>Where a run is trained if not on this machine. Not one of its settings: it does not change what the run computes.</summary>
/// <param name="Profile">Name of a profile of the cluster.</param>
public sealed record RunPlacement(string Profile)
{
    /// <summary>The job that trains the run, or the last one that did; null before the first.</summary>
    public PlacedJob? Job { get; init; }

    /// <summary>Why the run could not be handed to the cluster yet, in the cluster's words; null if nothing is known to be
    /// wrong.</summary>
    public string? Problem { get; init; }

    /// <summary>Number of jobs in a row that ended without a newer checkpoint.</summary>
    public int Tries { get; init; }

    /// <summary>Step of the newest checkpoint when the job was submitted; 0 for none.</summary>
    public int Step { get; init; }

    /// <summary>True while the cluster holds the run, waiting or running.</summary>
    [JsonIgnore]
    public bool IsLive => Job is { IsOver: false };
}

/// <summary>A job of the cluster. Ids are used again, so a job is told by its nonce, which its comment holds.</summary>
/// <param name="Nonce">Drawn for each submission.</param>
public sealed record PlacedJob(string Nonce)
{
    /// <summary>Folder of the run that it trains; a copy of that folder elsewhere is not its run.</summary>
    public string? Folder { get; init; }

    /// <summary>Place in the job array; null for a job outside an array.</summary>
    public int? Index { get; init; }

    /// <summary>As the cluster shows it, such as <c>4711</c> or <c>4711_3</c>; null while it is being submitted.</summary>
    public string? Id { get; init; }

    /// <summary>When it was submitted, by this machine's clock.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>When it was submitted, by the cluster's clock and in its form; null if unknown. A requeued job gets another.</summary>
    public string? Submitted { get; init; }

    public JobState State { get; init; }

    /// <summary>Why it waits or how it ended, in the cluster's words; null for no reason.</summary>
    public string? Reason { get; init; }

    /// <summary>Names of the nodes; null before it runs.</summary>
    public string? Node { get; init; }

    /// <summary>How often the cluster has started it again.</summary>
    public int Restarts { get; init; }

    /// <summary>What the user has asked of it and has not happened yet.</summary>
    public JobRequest Request { get; init; }

    /// <summary>When the request was handed to the cluster; null before.</summary>
    public DateTimeOffset? RequestedAt { get; init; }

    /// <summary>True once the job has ended and what it did is in the run's record.</summary>
    public bool IsOver { get; init; }
}

/// <summary>State of a job, as Slurm tells them apart.</summary>
public enum JobState
{
    /// <summary>Being handed to the cluster.</summary>
    Submitting,

    Pending,

    Running,

    /// <summary>Stopped by the cluster for a while; it keeps its nodes or gets them back.</summary>
    Suspended,

    /// <summary>Ending: its processes are being cleaned up.</summary>
    Completing,

    Completed,

    Failed,

    TimedOut,

    OutOfMemory,

    NodeFailed,

    Preempted,

    Cancelled,

    /// <summary>The cluster does not know the job any more.</summary>
    Unknown,
}

/// <summary>What a user asks of a job.</summary>
public enum JobRequest
{
    None,

    /// <summary>Write a checkpoint and give the node back until the run is resumed.</summary>
    Pause,

    /// <summary>End the run.</summary>
    Cancel,

    /// <summary>Write a checkpoint and go back to the end of the cluster's queue.</summary>
    Requeue,

    /// <summary>Write a checkpoint and leave the cluster; the run is not ended, and may be queued again.</summary>
    Withdraw,
}

public static class JobStates
{
    /// <summary>Returns true if the job has ended for good.</summary>
    public static bool HasEnded(this JobState state) => state >= JobState.Completed;
}
