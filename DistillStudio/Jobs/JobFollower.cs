using DistillStudio.Cluster;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;
using DistillStudio.History;

namespace DistillStudio.Jobs;

/// <summary>
/// Updates runs from their jobs, forwards users' requests to the jobs, and decides the outcome of a run whose job has ended.
/// </summary>
internal sealed class JobFollower(
    ISlurm slurm, RunHistory history, RunEditor editor, EventIngester ingester, TimeProvider time, ILogger log)
{
    /// <summary>How long a job may take to follow a request before it is cancelled.</summary>
    private static readonly TimeSpan Obedience = TimeSpan.FromMinutes(2);

    private readonly Dictionary<string, (string Nonce, long Since)> _ended = [];

    /// <summary>See <see cref="ClusterDispatcher.Settling"/>.</summary>
    public TimeSpan Settling { get; set; } = TimeSpan.FromSeconds(5);

    /// <param name="runs">Runs with a job that is not over.</param>
    /// <param name="jobs">All jobs that Slurm lists.</param>
    public async Task FollowAsync(IReadOnlyList<RunSummary> runs, IReadOnlyList<SlurmJob> jobs, CancellationToken stop)
    {
        ILookup<(string?, int?), SlurmJob> byNonce = jobs.ToLookup(job => (JobScript.NonceOf(job.Comment), job.Index));
        foreach (RunSummary run in runs)
        {
            try
            {
                PlacedJob job = run.Placement!.Job!;
                await FollowAsync(run, job, byNonce[(job.Nonce, job.Index)].LastOrDefault(), stop);
            }
            catch (Exception e) when (e is InputException or IOException or UnauthorizedAccessException or SlurmException)
            {
                log.LogDebug(e, "The job of run {Run} could not be followed; retrying.", run.Id);
            }
        }
    }

    private async Task FollowAsync(RunSummary run, PlacedJob job, SlurmJob? found, CancellationToken stop)
    {
        if (found is null && job.Id is null)
        {
            // It never arrived, for example because the controller did not answer.
            Edit(run, job, (now, _) => now with { Placement = now.Placement! with { Job = null, Tries = now.Placement.Tries - 1 } });
            return;
        }

        if (found is { State: JobState.Unknown })
        {
            found = found with { State = job.State }; // a state of a newer Slurm: the job exists, and is not known to have ended
        }

        found ??= await slurm.FindEndedAsync(job.Id!, JobScript.Comment(job.Nonce), stop)
            ?? new SlurmJob(job.Id!, JobState.Unknown, "UNKNOWN", null, job.Node, 0, job.Restarts, job.Submitted ?? "", "");
        if (Update(run, job, found) is not { Placement: { Job: { } current } } now)
        {
            return;
        }

        if (current.State.HasEnded())
        {
            Conclude(now, current, found);
            return;
        }

        _ended.Remove(run.Id);
        await PassOnAsync(now, current, stop);
    }

    /// <summary>Records the job's state; returns null if the run has another job by now.</summary>
    private RunSummary? Update(RunSummary run, PlacedJob job, SlurmJob found)
    {
        PlacedJob Updated(PlacedJob before) => before with
        {
            Id = found.Id,
            State = found.State,
            Reason = found.Reason,
            Node = found.Node ?? (found.State == JobState.Pending ? null : before.Node),
            Restarts = Math.Max(found.Restarts, before.Restarts),
            Submitted = found.Submitted,
            Request = before.Request == JobRequest.Requeue && found.State == JobState.Pending ? JobRequest.None : before.Request,
        };
        bool isSame = Updated(job) == job && !IsBehind(run, found.State);
        return isSame ? run : Edit(run, job, (now, current) =>
        {
            RunSummary changed = now with { Placement = now.Placement! with { Job = Updated(current), Problem = null } };
            return !IsBehind(now, found.State) ? changed
                : found.State == JobState.Pending ? changed with { State = RunState.Queued, QueueOrder = 0 }
                : changed with { State = RunState.Running, QueueOrder = null };
        });
    }

    /// <summary>Returns true if the run's state lags behind its job's.</summary>
    private static bool IsBehind(RunSummary run, JobState state) =>
        (state == JobState.Pending && run.State == RunState.Running) || (state == JobState.Running && run.State == RunState.Queued);

    private async Task PassOnAsync(RunSummary run, PlacedJob job, CancellationToken stop)
    {
        if (job.Request == JobRequest.None && (run.DeletedAt is not null || run.State == RunState.Interrupted))
        {
            Edit(run, job, (now, current) => With(now, current with { Request = JobRequest.Withdraw }));
            job = job with { Request = JobRequest.Withdraw };
        }

        if (job.Request == JobRequest.None || job.State == JobState.Completing)
        {
            return;
        }

        bool isRunning = job.State is JobState.Running or JobState.Suspended;
        if (!isRunning)
        {
            if (job.Request != JobRequest.Requeue)
            {
                await slurm.CancelAsync(job.Id!, stop);
            }

            return;
        }

        if (job.RequestedAt is null)
        {
            await slurm.SignalAsync(job.Id!, SignalOf(job.Request), stop);
            DateTimeOffset asked = time.GetUtcNow();
            Edit(run, job, (now, current) => With(now, current with { RequestedAt = asked }));
        }
        else if (time.GetUtcNow() - job.RequestedAt > Obedience)
        {
            await slurm.CancelAsync(job.Id!, stop);
        }
    }

    private static string SignalOf(JobRequest request) => request switch
    {
        JobRequest.Cancel => JobScript.CancelSignal,
        JobRequest.Requeue => JobScript.RequeueSignal,
        _ => JobScript.PauseSignal,
    };

    /// <summary>
    /// Settles a run whose job has ended, once all its events are read: they may become visible after the job's end.
    /// </summary>
    private void Conclude(RunSummary run, PlacedJob job, SlurmJob found)
    {
        if (!_ended.TryGetValue(run.Id, out (string Nonce, long Since) ended) || ended.Nonce != job.Nonce)
        {
            _ended[run.Id] = ended = (job.Nonce, time.GetTimestamp());
        }

        ingester.Poke(run.Id);
        if (!IsRead(run) || history.Find(run.Id) is not { } now)
        {
            return;
        }

        if (now.State is RunState.Finished or RunState.Failed or RunState.Cancelled)
        {
            Close(now, job, now.State);
        }
        else if (time.GetElapsedTime(ended.Since) >= Settling && !RunLock.IsHeld(run.Folder))
        {
            Settle(now, job, found);
        }
    }

    private void Settle(RunSummary run, PlacedJob job, SlurmJob found)
    {
        int checkpoint = RunAttempts.PlaceOf(RunFolder.Open(run.Folder));
        string? last = ClusterFolders.Read(Path.Combine(run.Folder, JobScript.OutputName))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault();
        var outcome = JobOutcome.Of(run, found.ExitCode, checkpoint, last is null ? null : SettingLimits.Cut(last, 300));
        if (outcome.Event is { } happened)
        {
            using var recorder = new RunRecorder(Path.Combine(run.Folder, RunFolder.EventsName), [], time);
            recorder.Record(happened);
        }

        log.LogInformation(
            "Job {Job} of run {Run} has ended ({State}); the run is {After}.", job.Id, run.Id, job.State, outcome.State);
        Close(run, job, outcome.State);
        ingester.Poke(run.Id);
    }

    private void Close(RunSummary run, PlacedJob job, RunState state)
    {
        _ended.Remove(run.Id);
        Edit(run, job, (now, current) => With(now, current with { IsOver = true, Request = JobRequest.None }) with
        {
            State = state,
            QueueOrder = state == RunState.Queued ? now.QueueOrder ?? 0 : null,
            EndedAt = state.HasEnded() ? now.EndedAt ?? time.GetUtcNow() : null,
        });
    }

    private bool IsRead(RunSummary run)
    {
        var events = new FileInfo(Path.Combine(run.Folder, RunFolder.EventsName));
        return !events.Exists || events.Length == history.BookmarkOf(run.Id).Offset;
    }

    /// <summary>Changes a run unless it has another job by now; returns null then.</summary>
    private RunSummary? Edit(RunSummary run, PlacedJob job, Func<RunSummary, PlacedJob, RunSummary> change)
    {
        RunSummary after = editor.Edit(
            run.Id, now => now.Placement?.Job is { } current && current.Nonce == job.Nonce ? change(now, current) : now);
        return after.Placement?.Job?.Nonce == job.Nonce || after.Placement?.Job is null ? after : null;
    }

    private static RunSummary With(RunSummary run, PlacedJob job) => run with { Placement = run.Placement! with { Job = job } };
}
