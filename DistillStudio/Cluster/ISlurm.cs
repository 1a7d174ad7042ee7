using DistillStudio.History;

namespace DistillStudio.Cluster;

/// <summary>What the studio asks of Slurm. Each member throws <see cref="SlurmException"/> with Slurm's own words.</summary>
public interface ISlurm
{
    /// <summary>Returns a sentence on what is missing for Slurm to be used from this machine; null if nothing is.</summary>
    string? WhyUnavailable { get; }

    /// <summary>Submits a batch job; returns its id.</summary>
    /// <param name="options">Options of sbatch, one argument each.</param>
    /// <param name="script">The job's script.</param>
    Task<string> SubmitAsync(IReadOnlyList<string> options, string script, CancellationToken cancellationToken);

    /// <summary>Returns this user's jobs, each task of an array on its own, with those that ended a little while ago.</summary>
    Task<IReadOnlyList<SlurmJob>> ListAsync(CancellationToken cancellationToken);

    /// <summary>Returns how a job ended that <see cref="ListAsync"/> no longer lists, from the accounting; null if that is not
    /// known.</summary>
    Task<SlurmJob?> FindEndedAsync(string id, string comment, CancellationToken cancellationToken);

    /// <summary>Ends a job, or removes it from the queue.</summary>
    Task CancelAsync(string id, CancellationToken cancellationToken);

    /// <summary>Sends a signal, such as <c>USR1</c>, to a running job's script.</summary>
    Task SignalAsync(string id, string signal, CancellationToken cancellationToken);

    /// <summary>Returns the nodes, each once a partition.</summary>
    Task<IReadOnlyList<SlurmNode>> NodesAsync(CancellationToken cancellationToken);

    /// <summary>Returns the largest number of tasks of one job array.</summary>
    Task<int> LargestArrayAsync(CancellationToken cancellationToken);
}

/// <summary>A job, or a task of a job array.</summary>
/// <param name="Id">Such as <c>4711</c> or <c>4711_3</c>.</param>
/// <param name="State">Parsed state.</param>
/// <param name="Words">The state in Slurm's words, such as <c>PENDING</c>.</param>
/// <param name="Reason">Why it waits or how it ended; null for none.</param>
/// <param name="Node">Null before it runs.</param>
/// <param name="ExitCode">Exit code of the script; 128 and the signal's number if a signal ended it.</param>
/// <param name="Restarts">How often it was started again.</param>
/// <param name="Submitted">In Slurm's form, by its clock.</param>
/// <param name="Comment">Given when it was submitted; empty for none.</param>
/// <param name="Name">Name of the job.</param>
/// <param name="Partition">Name of its partition.</param>
public sealed record SlurmJob(
    string Id, JobState State, string Words, string? Reason, string? Node, int ExitCode, int Restarts, string Submitted, string Comment,
    string Name = "", string Partition = "")
{
    /// <summary>Place in the job array; null for a job outside an array.</summary>
    public int? Index => Id.IndexOf('_', StringComparison.Ordinal) is > 0 and var at && int.TryParse(Id[(at + 1)..], out int index)
        ? index
        : null;
}

/// <summary>A node of a partition.</summary>
/// <param name="State">In Slurm's words, such as <c>idle</c>.</param>
/// <param name="Cpus">Number of its CPUs.</param>
/// <param name="CpusFree">Number of CPUs that no job has and that are in service.</param>
/// <param name="Gpus">Number of its GPUs.</param>
/// <param name="GpusFree">Number of GPUs that no job has.</param>
/// <param name="MemoryBytes">Memory of the node.</param>
/// <param name="Reason">Why it is out of service; null if it is not.</param>
public sealed record SlurmNode(
    string Name, string Partition, bool IsDefaultPartition, string State, int Cpus, int CpusFree, int Gpus, int GpusFree, long MemoryBytes,
    string TimeLimit, string? Reason);
