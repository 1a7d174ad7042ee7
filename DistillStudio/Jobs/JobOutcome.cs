using System.Globalization;
using DistillStudio.Cluster;
using DistillStudio.Engine.Runs;
using DistillStudio.History;

namespace DistillStudio.Jobs;

/// <summary>The outcome of a run whose job ended before the run did.</summary>
/// <param name="Event">Recorded in the run's events; null for none.</param>
/// <param name="State">State of the run; a queued one continues in another job.</param>
internal sealed record JobOutcome(RunEvent? Event, RunState State)
{
    private const int FirstSignal = 128;

    /// <param name="run">The run with its job as it ended.</param>
    /// <param name="exitCode">As for <see cref="SlurmJob.ExitCode"/>.</param>
    /// <param name="checkpoint">Step of the newest checkpoint; 0 for none.</param>
    /// <param name="lastWords">The last line that the job printed; null for none.</param>
    public static JobOutcome Of(RunSummary run, int exitCode, int checkpoint, string? lastWords)
    {
        RunPlacement placement = run.Placement!;
        PlacedJob job = placement.Job!;
        int step = Math.Max(run.Step, run.Spec.BranchStep ?? 0);
        switch (job.Request)
        {
            case JobRequest.Withdraw:
                return new(null, run.State == RunState.Running ? RunState.Interrupted : run.State);
            case JobRequest.Cancel:
                return new(new Cancelled(step), RunState.Cancelled);
            case JobRequest.Pause:
                return new(new Paused(step), RunState.Paused);
            case JobRequest.Requeue:
                return new(
                    new Logged(LogSeverity.Information, $"{Place(job)} was given back; the run waits for another."), RunState.Queued);
        }

        if (job.State == JobState.Cancelled)
        {
            return new(new Cancelled(step), RunState.Cancelled); // with scancel, or by an administrator
        }

        bool isInterrupted = job.State is JobState.TimedOut or JobState.NodeFailed or JobState.Preempted or JobState.Unknown
            || (job.State == JobState.Failed && (exitCode == JobScript.Unfinished || exitCode > FirstSignal));
        bool hasProgress = checkpoint > placement.Step;
        if (isInterrupted && (hasProgress || placement.Tries < RunAttempts.Most))
        {
            return new(
                new Logged(LogSeverity.Warning, $"{Sentence(job, exitCode)} The run continues in another job."), RunState.Queued);
        }

        string tried = placement.Tries > 1 ? string.Create(CultureInfo.InvariantCulture, $" It was tried {placement.Tries} times.") : "";
        string said = lastWords is null ? "" : $" The last it printed was: {lastWords}";
        return new(
            new Failed(step, $"{Sentence(job, exitCode)}{tried}{said}", Remedy(run, job, checkpoint), null), RunState.Failed);
    }

    /// <summary>Returns how a job ended, with Slurm's words.</summary>
    public static string Sentence(PlacedJob job, int exitCode) => job.State switch
    {
        JobState.TimedOut => $"{Place(job)} was ended at its time limit (TIMEOUT).",
        JobState.OutOfMemory => $"{Place(job)} was ended for lack of memory (OUT_OF_MEMORY).",
        JobState.NodeFailed => $"{Place(job)} ended when its node failed (NODE_FAIL).",
        JobState.Preempted => $"{Place(job)} made room for another job (PREEMPTED).",
        JobState.Cancelled => $"{Place(job)} was cancelled (CANCELLED).",
        JobState.Unknown => $"Slurm no longer lists the job {job.Id}, which had not finished the run.",
        JobState.Completed => $"{Place(job)} ended without finishing the run.",
        _ => $"{Place(job)} failed{Because(job.Reason)}, exit code {exitCode}.",
    };

    private static string Because(string? reason) => reason is null or "NonZeroExitCode" ? "" : $" ({reason})";

    private static string Place(PlacedJob job) => job.Node is { } node ? $"Slurm's job {job.Id} on {node}" : $"Slurm's job {job.Id}";

    private static string Remedy(RunSummary run, PlacedJob job, int checkpoint)
    {
        string profile = run.Placement!.Profile;
        string again = RunFailure.GoOn(checkpoint > 0);
        return job.State switch
        {
            JobState.OutOfMemory => $"ask for more memory in the profile {profile}, or lower --batch_size, then {again}.",
            JobState.TimedOut =>
                $"raise the time limit or the notice of the profile {profile}, so that a checkpoint fits in, then {again}.",
            JobState.NodeFailed or JobState.Preempted or JobState.Unknown => $"see what the cluster says of its nodes, then {again}.",
            _ => $"see the job's output, and test the profile (cluster test {profile}), then {again}.",
        };
    }
}
