using DistillStudio.Cluster;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.History;

namespace DistillStudio.Jobs;

/// <summary>
/// Submits queued runs that are placed on a cluster; those that were launched together on one profile as one job array. A nonce is
/// recorded before a job is submitted: if the studio ends in between, the next one finds the job by it, or submits it again.
/// </summary>
internal sealed class ClusterSubmitter(
    StudioHome home, ISlurm slurm, RunQueue queue, RunEditor editor, EventIngester ingester, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(15);

    private readonly ClusterProfiles _profiles = new(home);
    private DateTimeOffset _notBefore;

    /// <summary>True if a run is waiting to be submitted.</summary>
    public bool HasWork => Waiting().Length > 0;

    /// <summary>Submits the waiting runs. A transient error leaves them queued; any other fails them with Slurm's words.</summary>
    public async Task SubmitAsync(CancellationToken stop)
    {
        RunSummary[] waiting;
        lock (queue.Group)
        {
            waiting = Waiting();
        }

        if (waiting.Length == 0 || time.GetUtcNow() < _notBefore)
        {
            return;
        }

        int largest = await slurm.LargestArrayAsync(stop);
        foreach (IGrouping<(string, string), RunSummary> together in waiting.GroupBy(run => (run.Placement!.Profile, run.Group ?? run.Id)))
        {
            foreach (RunSummary[] runs in together.Chunk(largest))
            {
                await SubmitAsync(runs, stop);
            }
        }
    }

    /// <summary>Records on the waiting runs why they cannot be submitted now.</summary>
    public void Postpone(string problem) => Complain(Waiting(), problem);

    private RunSummary[] Waiting() => [.. queue.Waiting().Where(run => run.Placement is { IsLive: false })];

    private async Task SubmitAsync(RunSummary[] runs, CancellationToken stop)
    {
        try
        {
            ClusterProfile profile = _profiles.Get(runs[0].Placement!.Profile);
            ClusterFolders.Make(home);
            string nonce = Guid.NewGuid().ToString("N");
            runs = [.. runs.Where(IsUsable)];
            for (int i = 0; i < runs.Length; i++)
            {
                var job = new PlacedJob(nonce)
                {
                    Folder = runs[i].Folder,
                    Index = runs.Length > 1 ? i : null,
                    At = time.GetUtcNow(),
                };
                editor.Edit(runs[i].Id, run => run with { Placement = Begun(run, job) });
            }

            await SubmitAsync(profile, nonce, runs, stop);
        }
        catch (InputException e)
        {
            Complain(runs, e.Message); // such as a profile that was removed
        }
        catch (SlurmException e) when (e.IsLasting)
        {
            foreach (RunSummary run in runs)
            {
                Fail(run, e.Message);
            }
        }
        catch (SlurmException e)
        {
            Complain(runs, e.Message);
            _notBefore = time.GetUtcNow() + Pause;
        }
    }

    private async Task SubmitAsync(ClusterProfile profile, string nonce, RunSummary[] runs, CancellationToken stop)
    {
        if (runs.Length == 0)
        {
            return;
        }

        string name = runs.Length > 1 ? $"distillstudio {runs[0].Group}" : $"distillstudio {runs[0].Id}";
        string id = await slurm.SubmitAsync(
            JobScript.Options(profile, home, nonce, name, runs.Length),
            JobScript.OfRuns(profile, home, nonce, [.. runs.Select(run => RunFolder.Open(run.Folder))]), stop);
        log.LogInformation("Submitted {Count} run(s) on {Profile} as job {Job}.", runs.Length, profile.Name, id);
        foreach (RunSummary run in runs)
        {
            editor.Edit(run.Id, now => now.Placement is { Job: { } job } placement && job.Nonce == nonce
                ? now with
                {
                    Placement = placement with
                    {
                        Job = job with { Id = job.Index is { } index ? $"{id}_{index}" : id, State = JobState.Pending },
                    },
                }
                : now);
        }
    }

    /// <summary>Returns false for a run whose folder cannot be used now; it stays queued.</summary>
    private bool IsUsable(RunSummary run)
    {
        try
        {
            _ = RunFolder.Open(run.Folder).ReadSpec();
            return true;
        }
        catch (InputException e)
        {
            Complain([run], e.Message);
            return false;
        }
    }

    private static RunPlacement Begun(RunSummary run, PlacedJob job)
    {
        RunPlacement before = run.Placement!;
        int step = RunAttempts.PlaceOf(RunFolder.Open(run.Folder));
        return before with
        {
            Job = job,
            Problem = null,
            Tries = step > before.Step ? 1 : before.Tries + 1,
            Step = step,
        };
    }

    private void Complain(IEnumerable<RunSummary> runs, string problem)
    {
        foreach (RunSummary run in runs)
        {
            if (queue.Waiting().FirstOrDefault(now => now.Id == run.Id)?.Placement is { } placement && placement.Problem != problem)
            {
                log.LogWarning("Run {Run} is not submitted yet: {Problem}", run.Id, problem);
                Try(() => editor.Edit(run.Id, now => now with { Placement = now.Placement! with { Problem = problem } }));
            }
        }
    }

    /// <summary>Records that the cluster rejects the run.</summary>
    private void Fail(RunSummary run, string words) => Try(() =>
    {
        using (var recorder = new RunRecorder(Path.Combine(run.Folder, RunFolder.EventsName), [], time))
        {
            recorder.Record(new Failed(
                run.Step, $"Slurm refuses the job: {words}", $"change the profile {run.Placement!.Profile}, then launch the run again.",
                null));
        }

        editor.Edit(run.Id, now => now with
        {
            State = RunState.Failed,
            QueueOrder = null,
            EndedAt = time.GetUtcNow(),
            Placement = now.Placement! with { Job = now.Placement.Job! with { State = JobState.Failed, IsOver = true }, Problem = words },
        });
        ingester.Poke(run.Id);
    });

    private void Try(Action work)
    {
        try
        {
            work();
        }
        catch (Exception e) when (e is InputException or IOException or UnauthorizedAccessException)
        {
            log.LogWarning("A run could not be submitted: {Problem}", e.Message);
        }
    }
}
