using System.Text.Json;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.History;

namespace DistillStudio.Cluster;

/// <summary>How a test of a profile stands.</summary>
/// <param name="JobId">The job, such as <c>4711</c>.</param>
/// <param name="State">Its state.</param>
/// <param name="Reason">Why it waits, in Slurm's words; null for no reason.</param>
/// <param name="Found">What the job found; null before it has ended, and if it found nothing.</param>
/// <param name="Problem">Why the job found nothing, as a sentence; null while it is under way and if it went well.</param>
/// <param name="Output">What the job printed; empty for nothing.</param>
public sealed record ClusterTestResult(
    string JobId, JobState State, string? Reason, ClusterProbe? Found = null, string? Problem = null, string Output = "")
{
    /// <summary>True once nothing more will be known.</summary>
    public bool IsDone => Found is not null || Problem is not null;
}

/// <summary>Tests a profile with a small job that reports what it finds on its node.</summary>
public sealed class ClusterTester(StudioHome home, ISlurm slurm, TimeProvider time)
{
    private const int LargestFile = 1 << 20;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>How long the answer of an ended job may take to become visible here.</summary>
    private static readonly TimeSpan Visibility = TimeSpan.FromSeconds(10);

    /// <summary>Submits the job and waits for its end. A job that is not wanted any more is removed.</summary>
    /// <param name="profile">A valid profile.</param>
    /// <param name="report">Told about each change of the job.</param>
    /// <exception cref="InputException">Slurm is not there, or the home cannot be written.</exception>
    /// <exception cref="SlurmException">Slurm refused the job.</exception>
    public async Task<ClusterTestResult> RunAsync(
        ClusterProfile profile, Action<ClusterTestResult> report, CancellationToken cancellationToken)
    {
        if (slurm.WhyUnavailable is { } why)
        {
            throw new InputException(why);
        }

        ClusterFolders.Make(home);
        string nonce = Guid.NewGuid().ToString("N");
        string answer = Path.Combine(home.Path, "cluster", $"test-{nonce}.json");
        string id;
        try
        {
            id = await slurm.SubmitAsync(
                JobScript.Options(profile, home, nonce, "distillstudio test", tasks: 1), JobScript.OfProbe(profile, home, answer),
                cancellationToken);
        }
        catch (SlurmException e)
        {
            throw new SlurmException(
                e.IsLasting ? $"Slurm refuses the job ({e.Message.TrimEnd('.')}); change the profile, then test it again."
                    : $"Slurm takes no job now ({e.Message.TrimEnd('.')}); test the profile again later.",
                e.IsLasting);
        }

        var last = new ClusterTestResult(id, JobState.Pending, null);
        report(last);
        try
        {
            while (true)
            {
                ClusterTestResult now = await LookAsync(last, nonce, answer, cancellationToken);
                if (now != last)
                {
                    report(now);
                }

                if (now.IsDone)
                {
                    return now;
                }

                last = now;
                await Task.Delay(Interval, time, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            await slurm.CancelAsync(id, CancellationToken.None);
            throw;
        }
        finally
        {
            File.Delete(answer);
        }
    }

    private async Task<ClusterTestResult> LookAsync(
        ClusterTestResult last, string nonce, string answer, CancellationToken cancellationToken)
    {
        SlurmJob? job;
        try
        {
            job = (await slurm.ListAsync(cancellationToken)).FirstOrDefault(each => JobScript.NonceOf(each.Comment) == nonce);
        }
        catch (SlurmException e) when (!e.IsLasting)
        {
            return last with { Reason = e.Message };
        }

        ClusterTestResult now = job is null ? last : last with { State = job.State, Reason = job.Reason };
        if (job is not null && !job.State.HasEnded())
        {
            return now;
        }

        for (long end = time.GetTimestamp(); ; await Task.Delay(Interval, time, cancellationToken))
        {
            string output = ClusterFolders.Read(JobScript.EarlyOutput(home, nonce, null));
            if (ReadAnswer(answer) is { } found)
            {
                return now with { Found = found, Output = output };
            }

            if (job is not { State: JobState.Completed } || time.GetElapsedTime(end) > Visibility)
            {
                return now with { Problem = Explain(job, output), Output = output };
            }
        }
    }

    private static string Explain(SlurmJob? job, string output)
    {
        string last = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault()?.Trim() ?? "";
        string said = last.Length > 0 ? $"; the last it printed was: {SettingLimits.Cut(last, 300)}" : "; it printed nothing";
        return job is null ? $"Slurm does not know the job any more{said}."
            : job.State == JobState.Completed ? $"The job ended on {job.Node}, but its answer did not arrive in the home{said}."
            : $"The job ended with {job.Words}{(job.Reason is { } reason && reason != job.Words ? $" ({reason})" : "")}"
                + $"{(job.Node is { } node ? $" on {node}" : "")}, exit code {job.ExitCode}{said}.";
    }

    private static ClusterProbe? ReadAnswer(string path)
    {
        try
        {
            return PlainFile.ReadJson<ClusterProbe>(path, LargestFile, EngineJson.Spec);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null; // not there yet
        }
    }
}
