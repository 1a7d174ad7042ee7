using System.Diagnostics;
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
    /// <summary>How long the answer to a job is awaited that a studio submits.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(15);

    /// <summary>Hands one run over, and returns once Slurm has it; if a studio hands it over and has no answer yet, after a
    /// while.</summary>
    /// <exception cref="InputException">There is no such profile, or no Slurm.</exception>
    /// <exception cref="StudioException">Slurm refuses the job.</exception>
    public static async Task TrainAsync(TrainRequest request, string profile, TextWriter output, CancellationToken stop)
    {
        Require(request.Home, profile);
        using HomeLock? home = HomeLock.TryTake(request.Home);
        if (home is null)
        {
            string queued = ClusterDesk.Queue(request.Home, request.Spec, request.Branch, new RunPlacement(profile));
            var archive = new RunArchive(request.Home);
            long start = Stopwatch.GetTimestamp();
            RunSummary found = await ClusterDesk.WaitAsync(
                () => archive.Find(Path.Combine(request.Home.Runs, queued)),
                now => IsAnswered(now) || Stopwatch.GetElapsedTime(start) > LongestWait, stop);
            await ReportAsync(found, request.Home, output);
            return;
        }

        await using var desk = await ClusterDesk.OpenAsync(request.Home, ClusterCommand.Reachable(), stop);
        string id = desk.Manager.Launch(request.Spec, profile);
        await ReportAsync(await ClusterDesk.WaitAsync(() => desk.History.Find(id)!, IsAnswered, stop), request.Home, output);
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

    /// <summary>Returns true once Slurm has accepted or refused the run's job, or could not be asked.</summary>
    private static bool IsAnswered(RunSummary run) =>
        run is { Failure: not null } or { Placement.Job.Id: not null } or { Placement.Problem: not null };

    /// <exception cref="StudioException">Slurm refuses the job.</exception>
    private static Task ReportAsync(RunSummary run, StudioHome home, TextWriter output)
    {
        if (run.Failure is { } failure)
        {
            throw new StudioException($"{run.Id} failed: {failure.Sentence}");
        }

        string unsubmitted = $"{run.Id} is queued and not submitted yet";
        return output.WriteLineAsync(run.Placement switch
        {
            { Problem: { } problem } => $"{unsubmitted}: {problem} A studio on {home.Path} tries it again.",
            { Job.Id: { } job } => $"{run.Id} is job {job}; `runs show {run.Id}` and the studio tell how it stands.",
            _ => $"{unsubmitted}; the studio that is open on {home.Path} hands it to the cluster, and `runs show {run.Id}` tells how it "
                + $"stands.",
        });
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
