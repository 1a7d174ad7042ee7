using DistillStudio.Cluster;
using DistillStudio.History;

namespace DistillStudio.Components.Pages.Cluster;

/// <summary>A job, and the run that it trains or trained; null for a job that is none of the studio's runs.</summary>
public sealed record ShownJob(SlurmJob Job, RunSummary? Run);

/// <summary>Slurm's last answer.</summary>
/// <param name="Nodes">Each once a partition, those of the default partition first.</param>
/// <param name="Jobs">This user's, those that wait or run first, then the newest.</param>
public sealed record ClusterLook(IReadOnlyList<SlurmNode> Nodes, IReadOnlyList<ShownJob> Jobs)
{
    /// <summary>What is missing for Slurm to be used from here, as a sentence; null if nothing is.</summary>
    public string? WhyUnavailable { get; init; }

    /// <summary>Why Slurm did not answer, in its words; null if it did.</summary>
    public string? Problem { get; init; }

    /// <summary>Queries Slurm. While it does not answer, its last answer stays.</summary>
    public static async Task<ClusterLook> TakeAsync(ISlurm slurm, IRunHistory history, ClusterLook? before, CancellationToken stop)
    {
        if (slurm.WhyUnavailable is { } why)
        {
            return new([], []) { WhyUnavailable = why };
        }

        try
        {
            IReadOnlyList<SlurmNode> nodes = await slurm.NodesAsync(stop);
            return new(
                [.. nodes.OrderByDescending(node => node.IsDefaultPartition).ThenBy(node => node.Partition, StringComparer.Ordinal)],
                Order(await slurm.ListAsync(stop), history.ListRuns()));
        }
        catch (SlurmException e)
        {
            return (before ?? new([], [])) with { Problem = e.Message };
        }
    }

    private static IReadOnlyList<ShownJob> Order(IReadOnlyList<SlurmJob> jobs, IReadOnlyList<RunSummary> runs)
    {
        // Ids are used again; what a job's comment holds is not.
        var runOf = runs.Where(run => run.Placement?.Job is not null)
            .GroupBy(run => (Nonce: (string?)run.Placement!.Job!.Nonce, run.Placement.Job.Index))
            .ToDictionary(group => group.Key, group => group.First());
        return
        [
            .. from job in jobs
               orderby job.State.HasEnded(), job.State == JobState.Pending, job.Submitted descending
               select new ShownJob(job, runOf.GetValueOrDefault((JobScript.NonceOf(job.Comment), job.Index))),
        ];
    }
}
