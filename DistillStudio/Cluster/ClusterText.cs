using DistillStudio.History;

namespace DistillStudio.Cluster;

/// <summary>States of jobs and runs on a cluster as pages, commands and sentences name them.</summary>
public static class ClusterText
{
    /// <summary>Returns where a run is trained, such as <c>gpu, job 4711 on n3</c>; empty for this machine.</summary>
    public static string Place(RunPlacement? placement) => placement switch
    {
        null => "",
        { Job: { IsOver: false, Id: { } id, Node: { } node } } => $"{placement.Profile}, job {id} on {node}",
        { Job: { IsOver: false, Id: { } id } } => $"{placement.Profile}, job {id}",
        _ => placement.Profile,
    };

    /// <summary>Returns where a placed run is trained and, until it has ended, how it stands.</summary>
    public static string Describe(RunPlacement placement, RunState state) =>
        Place(placement) + (state.HasEnded() ? "" : $" · {Standing(placement)}");

    /// <summary>Returns how a placed run stands with the cluster, such as <c>waiting (Resources)</c>; empty for this machine.</summary>
    public static string Standing(RunPlacement? placement) => placement switch
    {
        null => "",
        { Problem: { } problem } => $"not submitted yet (the studio tries again): {problem.TrimEnd('.')}",
        { Job: { IsOver: false, Reason: { } reason } job } => $"{Title(job.State)} ({reason})",
        { Job: { } job } => Title(job.State),
        _ => "not submitted yet",
    };

    /// <summary>Returns the state as pages and sentences name it.</summary>
    public static string Title(JobState state) => state switch
    {
        JobState.Submitting => "being submitted",
        JobState.Pending => "waiting",
        JobState.Running => "running",
        JobState.Suspended => "suspended",
        JobState.Completing => "ending",
        JobState.Completed => "completed",
        JobState.Failed => "failed",
        JobState.TimedOut => "past its time limit",
        JobState.OutOfMemory => "out of memory",
        JobState.NodeFailed => "node failed",
        JobState.Preempted => "preempted",
        JobState.Cancelled => "cancelled",
        _ => "no longer known to Slurm",
    };
}
