using DistillStudio.Cluster;
using DistillStudio.History;

namespace DistillStudio.Tests.Support;

/// <summary>A cluster that answers what a test says, with two partitions on three nodes.</summary>
internal sealed class FakeSlurm : ISlurm
{
    private int _asked;

    public string? WhyUnavailable { get; set; }

    /// <summary>What it says in place of an answer.</summary>
    public SlurmException? Trouble { get; set; }

    public List<SlurmNode> Nodes { get; } =
    [
        new("n1", "gpu", true, "mixed", 32, 8, 4, 1, 256L << 30, "1-00:00:00", null),
        new("n2", "gpu", true, "idle", 32, 32, 4, 4, 256L << 30, "1-00:00:00", null),
        new("n3", "gpu", true, "drained", 32, 0, 4, 0, 256L << 30, "1-00:00:00", "fan of GPU 2 broken [root@2026-11-20]"),
        new("n2", "long", false, "idle", 32, 32, 4, 4, 256L << 30, "infinite", null),
    ];

    public List<SlurmJob> Jobs { get; } = [];

    /// <summary>Called with the script of a job; returns the job as Slurm will list it.</summary>
    public Func<string, SlurmJob> Run { get; set; } = _ => Job("4711", JobState.Pending, reason: "Resources");

    /// <summary>Ids of the jobs that were removed.</summary>
    public List<string> Cancelled { get; } = [];

    /// <summary>How often it was asked for its nodes.</summary>
    public int Asked => Volatile.Read(ref _asked);

    /// <summary>The token of the last question.</summary>
    public CancellationToken Stop { get; private set; }

    public static SlurmJob Job(
        string id, JobState state, string? nonce = null, string? reason = null, string? node = null, string name = "distillstudio") =>
        new(
            id, state, state.ToString().ToUpperInvariant(), reason, node, 0, 0, "2026-11-27T18:00:00",
            nonce is null ? "" : JobScript.Comment(nonce), name, "gpu");

    public Task<string> SubmitAsync(IReadOnlyList<string> options, string script, CancellationToken cancellationToken)
    {
        Complain();
        SlurmJob job = Run(script);
        Jobs.Add(job with { Comment = options.Single(option => option.StartsWith("--comment=", StringComparison.Ordinal))[10..] });
        return Task.FromResult(job.Id);
    }

    public Task<IReadOnlyList<SlurmJob>> ListAsync(CancellationToken cancellationToken)
    {
        Complain();
        return Task.FromResult<IReadOnlyList<SlurmJob>>([.. Jobs]);
    }

    public Task<SlurmJob?> FindEndedAsync(string id, string comment, CancellationToken cancellationToken) =>
        Task.FromResult<SlurmJob?>(null);

    public Task CancelAsync(string id, CancellationToken cancellationToken)
    {
        Cancelled.Add(id);
        return Task.CompletedTask;
    }

    public Task SignalAsync(string id, string signal, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<IReadOnlyList<SlurmNode>> NodesAsync(CancellationToken cancellationToken)
    {
        Stop = cancellationToken;
        Interlocked.Increment(ref _asked);
        Complain();
        return Task.FromResult<IReadOnlyList<SlurmNode>>([.. Nodes]);
    }

    public Task<int> LargestArrayAsync(CancellationToken cancellationToken) => Task.FromResult(1_001);

    private void Complain()
    {
        if (Trouble is { } trouble)
        {
            throw trouble;
        }
    }
}
