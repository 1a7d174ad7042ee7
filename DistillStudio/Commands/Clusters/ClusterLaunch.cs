using DistillStudio.Cluster;
using DistillStudio.Commands.Studies;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Studies;
using DistillStudio.History;
using DistillStudio.Hosting;
using DistillStudio.Jobs;

namespace DistillStudio.Commands.Clusters;

/// <summary>
/// Hands runs to a cluster from a terminal. A studio that is open on the home does it where there is one, so that two never own a run;
/// otherwise the terminal does what a studio would until the work is handed over.
/// </summary>
internal static class ClusterLaunch
{
    /// <summary>Hands one run over, and returns once Slurm has it.</summary>
    /// <exception cref="InputException">There is no such profile, or no Slurm.</exception>
    public static async Task TrainAsync(TrainRequest request, string profile, TextWriter output, CancellationToken stop)
    {
        Require(request.Home, profile);
        using HomeLock? home = HomeLock.TryTake(request.Home);
        if (home is null)
        {
            string queued = ClusterDesk.Queue(request.Home, request.Spec, request.Branch, new RunPlacement(profile));
            await output.WriteLineAsync($"{queued} is queued; the studio that is open on {request.Home.Path} hands it to the cluster, "
                + $"and `runs show {queued}` tells how it stands.");
            return;
        }

        await using var desk = await ClusterDesk.OpenAsync(request.Home, ClusterCommand.Reachable(), stop);
        string id = desk.Manager.Launch(request.Spec, profile);
        RunSummary run = await ClusterDesk.WaitAsync(() => desk.History.Find(id)!, now => now.State == RunState.Failed
            || now.Placement is { Job.Id: not null } or { Problem: not null }, stop);
        if (run.Failure is { } failure)
        {
            throw new StudioException($"{id} failed: {failure.Sentence}");
        }

        await output.WriteLineAsync(run.Placement is { Problem: { } problem }
            ? $"{id} is queued and not submitted yet: {problem} A studio on {request.Home.Path} tries it again."
            : $"{id} is job {run.Placement!.Job!.Id}; `runs show {id}` and the studio tell how it stands.");
    }

    /// <summary>Hands a study over, and follows it until all its runs have ended or, if it is sequential, it is decided.</summary>
    /// <returns>The exit code: <see cref="ExitCodes.Failed"/> if a run has failed.</returns>
    /// <exception cref="InputException">There is no such profile, or no Slurm; or failed runs are to be rerun, and a studio is
    /// open.</exception>
    public static async Task<int> RunStudyAsync(StudyRequest request, string profile, TextWriter output, CancellationToken stop)
    {
        Require(request.Home, profile);
        RunCatalog catalog = StudyCommand.Catalog(request.Home);
        StudyInputs.Require(StudyProgress.Of(request.Study, request.Home, catalog).Grid, request.Home);
        using HomeLock? home = HomeLock.TryTake(request.Home);
        if (home is null && request.RerunsFailed)
        {
            throw new InputException(
                $"A studio is open on {request.Home.Path}; rerun the failed runs of {request.Study.Name} on its page there.");
        }

        var store = new StudyStore(request.Home);
        Study study = request.Study with { Queue = StudyQueue.On };
        study = study.Id.Length > 0 ? Save(store, study) : store.Create(study, DateTimeOffset.UtcNow);
        if (home is null)
        {
            await output.WriteLineAsync($"{study.Name} ({study.Id}) is worked on by the studio that is open on {request.Home.Path}.");
            return ExitCodes.Done;
        }

        await using var desk = await ClusterDesk.OpenAsync(request.Home, ClusterCommand.Reachable(), stop);
        if (request.RerunsFailed)
        {
            desk.Studies.RerunFailed(study.Id);
        }

        int reported = -1, failed = 0;
        await ClusterDesk.WaitAsync(() => store.Get(study.Id), now =>
        {
            RunSummary[] runs = [.. desk.History.ListRuns().Where(run => run.Group == StudyManager.GroupOf(study))];
            int ended = runs.Count(run => run.State is RunState.Finished or RunState.Failed or RunState.Cancelled);
            failed = runs.Count(run => run.State == RunState.Failed);
            if (ended != reported)
            {
                output.WriteLine($"{study.Name}: {ended} of {Format.Plural(runs.Length, "run")} ended.");
                reported = ended;
            }

            return now.Queue == StudyQueue.Off;
        }, stop);
        return failed > 0 ? ExitCodes.Failed : ExitCodes.Done;
    }

    private static Study Save(StudyStore store, Study study)
    {
        using IDisposable taken = StudyCommand.Take(store, study.Id, study.Name);
        return store.Save(study);
    }

    private static void Require(StudioHome home, string profile)
    {
        _ = ClusterCommand.Reachable();
        _ = new ClusterProfiles(home).Get(profile);
    }
}
