using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Studies;
using DistillStudio.History;

namespace DistillStudio.Jobs;

/// <summary>
/// Launches and controls studies in the studio. Puts a few of a study's open runs into the queue at a time, so that a study can be
/// paused, and other runs need not wait for its end. The only state is the study's file: which runs are open is read from the runs.
/// Thread-safe.
/// </summary>
public sealed class StudyManager(
    StudioHome home, StudyStore store, RunCatalog catalog, IRunHistory history, RunQueue queue, ActiveRuns active, IRunManager manager,
    TimeProvider time)
{
    /// <summary>Runs of a study in the queue: enough that no device waits for the next.</summary>
    private const int Ahead = 2;

    private readonly Lock _gate = new();
    private readonly HashSet<string> _fed = [];

    /// <summary>Raised when a study may need runs in the queue.</summary>
    public event Action? Changed;

    /// <summary>Makes a new study and starts it.</summary>
    /// <exception cref="InputException">The study is invalid, its inputs cannot be used, or a study of that name exists.</exception>
    public Study Launch(Study study)
    {
        study = study.WithFullPaths();
        var planned = StudyProgress.Of(study, home, catalog);
        StudyInputs.Require(planned.Grid, home);
        lock (_gate)
        {
            study = store.Create(planned.WithEarlierLook() with { Queue = StudyQueue.On }, time.GetUtcNow());
        }

        Changed?.Invoke();
        return study;
    }

    /// <summary>Starts no further run; the current one continues to its end.</summary>
    /// <exception cref="InputException">There is no such study, or a terminal runs it.</exception>
    public void Pause(string id) => Change(id, study =>
    {
        Withdraw(study, isForGood: false);
        return study with { Queue = StudyQueue.Paused };
    });

    /// <summary>Continues with the open runs, even if a terminal left the study unfinished.</summary>
    /// <inheritdoc cref="Pause"/>
    public void Resume(string id) => Change(id, study => study with { Queue = StudyQueue.On });

    /// <summary>Ends the study's runs that are trained here and starts no further one. What has finished stays.</summary>
    /// <inheritdoc cref="Pause"/>
    public void Cancel(string id) => Change(id, study =>
    {
        Withdraw(study, isForGood: true);
        foreach (RunSummary run in RunsOf(study).Where(
            run => active.Find(run.Id) is not null || run is { State: RunState.Running, Placement.IsLive: true }))
        {
            manager.Cancel(run.Id);
        }

        return study with { Queue = StudyQueue.Off };
    });

    /// <summary>Adds seeds until there are <paramref name="count"/>, and starts their runs.</summary>
    /// <inheritdoc cref="Pause"/>
    public void AddSeeds(string id, int count) => Change(id, study =>
    {
        Study more = StudyProgress.Of(study, home, catalog).WithMoreSeeds(count);
        _ = StudyGrid.Of(more, home);
        return more with { Queue = StudyQueue.On };
    });

    /// <summary>Queues the runs that failed or were cancelled, to continue from their last checkpoints or from their start.</summary>
    /// <inheritdoc cref="Pause"/>
    public void RerunFailed(string id) => Change(id, study =>
    {
        RunsOf(study).Where(run => run.State is RunState.Failed or RunState.Cancelled).ToList().ForEach(run => QueueAgain(study, run));
        return study with { Queue = StudyQueue.On };
    });

    /// <summary>Replaces the study's name, notes and margin. Runs that exist keep their names.</summary>
    /// <exception cref="InputException">There is no such study, a terminal runs it, or another study has the name.</exception>
    public void Describe(string id, string name, string notes, double? margin) =>
        Change(id, study => store.Describe(study, name, notes, margin));

    /// <summary>
    /// Hides a study, even one that cannot be read; it is removed once this can no longer be undone. Its runs stay, and the current one
    /// continues to its end.
    /// </summary>
    /// <exception cref="InputException">There is no such study, or a terminal runs it.</exception>
    public void Delete(string id)
    {
        lock (_gate)
        {
            using IDisposable taken = Take(id, id);
            store.Delete(id, time.GetUtcNow());
            WithdrawLeft(id, isForGood: true);
        }

        Changed?.Invoke();
    }

    /// <summary>Undoes <see cref="Delete"/>; the studio continues the study if it was working on it.</summary>
    /// <exception cref="InputException">The study was removed meanwhile, or a new one has its name.</exception>
    public void Undelete(string id)
    {
        lock (_gate)
        {
            store.Undelete(id);
        }

        Changed?.Invoke();
    }

    /// <summary>Pauses the studies that the studio was working on when it ended, if nothing is to be resumed automatically.</summary>
    internal void PauseAll()
    {
        foreach (Study study in store.List().Studies.Where(study => study.Queue == StudyQueue.On))
        {
            Pause(study.Id);
        }
    }

    /// <summary>Brings the queue up to date with all studies that it works on, and removes those that were deleted a while ago.</summary>
    /// <param name="isClusterOnly">Leaves out the studies of this machine.</param>
    internal void Feed(bool isClusterOnly = false)
    {
        InputException? failure = null;
        store.Purge(time.GetUtcNow() - manager.UndoWindow);
        lock (_gate)
        {
            WithdrawLeft();
        }

        foreach (Study study in store.List().Studies.Where(
            study => study.Queue == StudyQueue.On && (study.Profile is not null || !isClusterOnly)))
        {
            lock (_gate)
            {
                _fed.Add(study.Id);
                using IDisposable? taken = store.TryTake(study.Id);
                if (taken is not null && store.Get(study.Id) is { Queue: StudyQueue.On } current)
                {
                    try
                    {
                        Feed(current);
                    }
                    catch (InputException e)
                    {
                        failure ??= e; // such as a profile that was removed; the other studies continue
                    }
                }
            }
        }

        if (failure is not null)
        {
            throw failure;
        }
    }

    private void Feed(Study study)
    {
        var progress = StudyProgress.Of(study, home, catalog);
        Drop(progress);
        (StudyRun Run, RunSummary? Summary)[] open =
            [.. progress.Runs.Where(run => run.IsOpen).Select(run => (run, run.Facts is { } facts ? history.Find(facts.Id) : null))];
        int room = study.Profile is not null ? open.Length : Ahead - open.Count(run => run.Summary?.State == RunState.Queued);
        bool isPending = progress.Count(StudyRunState.Active) > 0 || RunsOf(progress).Any(run => !run.State.HasEnded()); // rerun ones too
        List<RunSpec> fresh = [];
        foreach ((StudyRun run, RunSummary? summary) in open)
        {
            bool canQueue = run.Facts is null || (summary is { State: RunState.Interrupted } && !RunResumer.IsPaused(history, summary));
            // if no event could be written, only history has the state
            isPending |= summary?.State is not (RunState.Failed or RunState.Cancelled or RunState.Finished);
            if (!canQueue || room <= 0)
            {
                continue;
            }

            room--;
            if (run.Facts is not null)
            {
                QueueAgain(study, summary!);
            }
            else
            {
                fresh.Add(run.Plan.Spec);
            }
        }

        if (fresh.Count > 0)
        {
            manager.LaunchGroup(fresh, GroupOf(study), study.Profile);
        }

        if (!isPending)
        {
            store.Save(study with { Queue = StudyQueue.Off });
        }
    }

    private void QueueAgain(Study study, RunSummary run)
    {
        if (run.Placement?.Profile != study.Profile)
        {
            manager.Place(run.Id, study.Profile);
        }

        queue.AddAgain(run.Id, isNext: false);
    }

    /// <summary>Returns the group of the runs that a study makes.</summary>
    public static string GroupOf(Study study) => GroupOf(study.Id);

    private static string GroupOf(string studyId) => $"study/{studyId}";

    /// <summary>Takes the runs that a decision made needless out of the queue.</summary>
    private void Drop(StudyProgress progress)
    {
        foreach (StudyRun run in progress.Runs.Where(run => run.State == StudyRunState.Dropped && run.Facts is not null))
        {
            Withdraw(run.Facts!.Id, isForGood: true);
            if (history.Find(run.Facts.Id) is { State: RunState.Running, Placement: { IsLive: true, Job.Request: JobRequest.None } })
            {
                queue.Ask(run.Facts.Id, JobRequest.Withdraw);
            }
        }
    }

    /// <summary>Withdraws what waits of the studies that a command has paused or deleted since the last look.</summary>
    private void WithdrawLeft()
    {
        IReadOnlyList<Study> studies = _fed.Count == 0 ? [] : store.List().Studies;
        foreach (string id in _fed.ToList())
        {
            StudyQueue? state = studies.FirstOrDefault(study => study.Id == id)?.Queue;
            if (state is null or StudyQueue.Paused)
            {
                WithdrawLeft(id, isForGood: state is null);
            }

            if (state != StudyQueue.On)
            {
                _fed.Remove(id);
            }
        }
    }

    /// <summary>Withdraws the runs that a study has made and that still wait, whatever its file says.</summary>
    private void WithdrawLeft(string studyId, bool isForGood)
    {
        foreach (RunSummary run in history.ListRuns().Where(run => run.Group == GroupOf(studyId) && run.State == RunState.Queued))
        {
            Withdraw(run.Id, isForGood);
        }
    }

    private void Withdraw(Study study, bool isForGood)
    {
        foreach (RunSummary run in RunsOf(study))
        {
            Withdraw(run.Id, isForGood);
        }
    }

    /// <summary>Takes a run out of the queue; for good, one that never started is deleted, which can be undone for a while.</summary>
    private void Withdraw(string runId, bool isForGood)
    {
        if (queue.TryWithdraw(runId) && isForGood && history.Find(runId) is { LastNumber: 0 })
        {
            manager.Delete([runId]);
        }
    }

    private IEnumerable<RunSummary> RunsOf(Study study) => RunsOf(StudyProgress.Of(study, home, catalog));

    private IEnumerable<RunSummary> RunsOf(StudyProgress progress) =>
        progress.Runs.Select(run => run.Facts is { } facts ? history.Find(facts.Id) : null).OfType<RunSummary>();

    private IDisposable Take(string id, string name) =>
        store.TryTake(id) ?? throw new InputException($"{name} is being run by another process, such as a terminal; end it there.");

    private void Change(string id, Func<Study, Study> change)
    {
        lock (_gate)
        {
            Study study = store.Get(id);
            using IDisposable taken = Take(id, study.Name);
            store.Save(change(study));
        }

        Changed?.Invoke();
    }
}
