using DistillStudio.Cluster;
using DistillStudio.History;

namespace DistillStudio.Tests.Support;

/// <summary>A Slurm that trains nothing: the test says what becomes of each job.</summary>
internal sealed class ScriptedSlurm : ISlurm
{
    private readonly Lock _gate = new();
    private readonly List<SlurmJob> _jobs = [];
    private int _last = 10;

    public string? WhyUnavailable { get; set; }

    /// <summary>What each question is answered with; null for an answer.</summary>
    public SlurmException? Fault { get; set; }

    /// <summary>What a submission is answered with; null for an id.</summary>
    public SlurmException? Refusal { get; set; }

    /// <summary>Options of each submission.</summary>
    public List<IReadOnlyList<string>> Submitted { get; } = [];

    /// <summary>Such as <c>cancel 11</c> and <c>USR1 12_3</c>.</summary>
    public List<string> Asked { get; } = [];

    public Task<string> SubmitAsync(IReadOnlyList<string> options, string script, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if ((Fault ?? Refusal) is { } fault)
            {
                throw fault;
            }

            Submitted.Add(options);
            int id = ++_last;
            string? array = Value(options, "--array=0-");
            string comment = Value(options, "--comment=")!;
            for (int i = 0; i <= (array is null ? 0 : int.Parse(array)); i++)
            {
                _jobs.Add(new(array is null ? $"{id}" : $"{id}_{i}", JobState.Pending, "PENDING", "Resources", null, 0, 0, "t", comment));
            }

            return Task.FromResult($"{id}");
        }
    }

    public Task<IReadOnlyList<SlurmJob>> ListAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Fault is { } fault ? throw fault : Task.FromResult<IReadOnlyList<SlurmJob>>([.. _jobs]);
        }
    }

    public Task<SlurmJob?> FindEndedAsync(string id, string comment, CancellationToken cancellationToken) =>
        Task.FromResult<SlurmJob?>(null);

    public Task CancelAsync(string id, CancellationToken cancellationToken)
    {
        Asked.Add($"cancel {id}");
        Change(id, job => job with { State = JobState.Cancelled, Words = "CANCELLED" });
        return Task.CompletedTask;
    }

    public Task SignalAsync(string id, string signal, CancellationToken cancellationToken)
    {
        Asked.Add($"{signal} {id}");
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<SlurmNode>> NodesAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<SlurmNode>>([]);

    public Task<int> LargestArrayAsync(CancellationToken cancellationToken) => Task.FromResult(3);

    /// <summary>Changes a job.</summary>
    public void Change(string id, Func<SlurmJob, SlurmJob> change)
    {
        lock (_gate)
        {
            int at = _jobs.FindIndex(job => job.Id == id);
            _jobs[at] = change(_jobs[at]);
        }
    }

    public void Run(string id) => Change(id, job => job with { State = JobState.Running, Words = "RUNNING", Reason = null, Node = "n1" });

    /// <summary>Takes all jobs away, and gives their ids to those of someone else, as a controller does that lost its state.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            SlurmJob[] others = [.. _jobs.Select(job => job with { Comment = "of another program", State = JobState.Running })];
            _jobs.Clear();
            _jobs.AddRange(others);
            _last = 10;
        }
    }

    private static string? Value(IReadOnlyList<string> options, string start) =>
        options.FirstOrDefault(option => option.StartsWith(start, StringComparison.Ordinal))?[start.Length..];
}
