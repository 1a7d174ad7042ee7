using DistillStudio.History;

namespace DistillStudio.Cluster;

/// <summary>Reads the states of jobs that Slurm names.</summary>
internal static class SlurmStates
{
    /// <summary>Returns the state of a word such as <c>PENDING</c>, <c>CANCELLED by 1000</c> or <c>CANCELLED+</c>.</summary>
    public static JobState Parse(string words) => words.Trim().Split(' ', '+')[0] switch
    {
        "PENDING" or "CONFIGURING" or "REQUEUED" or "REQUEUE_FED" or "REQUEUE_HOLD" or "SPECIAL_EXIT" or "RESV_DEL_HOLD" =>
            JobState.Pending,
        "RUNNING" or "SIGNALING" or "STAGE_OUT" or "RESIZING" => JobState.Running,
        "SUSPENDED" or "STOPPED" => JobState.Suspended,
        "COMPLETING" => JobState.Completing,
        "COMPLETED" => JobState.Completed,
        "FAILED" or "BOOT_FAIL" => JobState.Failed,
        "TIMEOUT" or "DEADLINE" => JobState.TimedOut,
        "OUT_OF_MEMORY" => JobState.OutOfMemory,
        "NODE_FAIL" => JobState.NodeFailed,
        "PREEMPTED" => JobState.Preempted,
        "CANCELLED" or "REVOKED" => JobState.Cancelled,
        _ => JobState.Unknown,
    };
}
