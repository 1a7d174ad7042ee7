using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Studies;

namespace DistillStudio.Jobs;

/// <summary>Observes a study that is run in this process. Called on the training thread.</summary>
internal interface IStudyObserver : IRunObserver
{
    /// <param name="run">The run that starts or continues.</param>
    /// <param name="progress">The study before it.</param>
    void OnRunBegun(StudyRun run, RunFolder folder, StudyProgress progress);

    /// <param name="run">The run as it ended.</param>
    /// <param name="progress">The study after it.</param>
    void OnRunEnded(StudyRun run, StudyProgress progress);

    /// <summary>Called once if only runs that other processes hold are left.</summary>
    void OnWaiting(StudyProgress progress);
}

/// <summary>
/// Runs a study's open runs one after the other on the caller's thread, without a studio. What is open is read from the runs on disk
/// before each run, so that an interrupted study continues where it stopped, and runs made elsewhere meanwhile count.
/// </summary>
internal sealed class StudyRunner(StudioHome home, IRunExecutor executor, RunCatalog catalog, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Returns once no run is left to do, or after an interruption.</summary>
    /// <param name="study">A valid study.</param>
    /// <param name="rerunsFailed">Also continues runs that failed or were cancelled.</param>
    /// <param name="observer">Told about each run.</param>
    /// <param name="stop">Interrupts the current run with a checkpoint, from which the next call continues.</param>
    public StudyProgress Run(Study study, bool rerunsFailed, IStudyObserver observer, CancellationToken stop)
    {
        HashSet<string> tried = [];
        bool isWaiting = false;
        while (true)
        {
            var progress = StudyProgress.Of(study, home, catalog);
            if (stop.IsCancellationRequested)
            {
                return progress;
            }

            if (progress.Runs.FirstOrDefault(run => !tried.Contains(run.Plan.Key) && IsToDo(run, rerunsFailed)) is { } next)
            {
                Execute(next, progress, observer, tried, stop);
                continue;
            }

            if (progress.Count(StudyRunState.Active) == 0)
            {
                return progress;
            }

            if (!isWaiting)
            {
                observer.OnWaiting(progress);
                isWaiting = true;
            }

            stop.WaitHandle.WaitOne(Interval);
        }
    }

    /// <summary>Returns true for a run to train here; those that are placed on a cluster are left to it.</summary>
    private static bool IsToDo(StudyRun run, bool rerunsFailed) =>
        (run.IsOpen || (rerunsFailed && run.State is StudyRunState.Failed or StudyRunState.Cancelled))
        && (run.Facts is not { } facts || RunSidecar.PlacementOf(facts.Folder) is null);

    private void Execute(StudyRun run, StudyProgress progress, IStudyObserver observer, HashSet<string> tried, CancellationToken stop)
    {
        RunFolder folder = run.Facts is { } facts ? RunFolder.Open(facts.Folder) : Create(run.Plan);
        try
        {
            var watch = new EndWatch();
            using var recorder = new RunRecorder(folder.EventsPath, [watch, observer], time);
            tried.Add(run.Plan.Key);
            observer.OnRunBegun(run, folder, progress);
            using var control = new RunControl();
            using CancellationTokenRegistration registration = stop.Register(control.Interrupt);
            RunExecution.Execute(executor, folder, recorder, watch, control);
        }
        catch (RunHeldException)
        {
            return; // another process took it up meanwhile
        }

        var after = StudyProgress.Of(progress.Study, home, catalog);
        observer.OnRunEnded(after.Runs.First(other => other.Plan.Key == run.Plan.Key), after);
    }

    private RunFolder Create(PlannedRun plan)
    {
        PrivateFiles.MakeFolder(home.Runs);
        return RunFolder.Create(home.Runs, plan.Spec, time.GetUtcNow());
    }
}
