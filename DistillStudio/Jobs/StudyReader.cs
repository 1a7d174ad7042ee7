using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Studies;
using DistillStudio.History;

namespace DistillStudio.Jobs;

/// <summary>A study and what has become of it.</summary>
/// <param name="Problem">Why its runs cannot be read, as a sentence; null if they can.</param>
/// <param name="Progress">Null where there is a problem.</param>
/// <param name="States">State of each run of the progress, in its order.</param>
public sealed record StudyEntry(Study Study, StudyProgress? Progress, IReadOnlyList<RunState?> States, string? Problem)
{
    /// <summary>Number of runs in a state; null counts those that do not exist, or are not needed.</summary>
    public int Count(RunState? state) => States.Count(other => other == state);

    /// <summary>Number of runs that the study takes: those that a decision made needless are left out.</summary>
    public int Needed => States.Count - (Progress?.Count(StudyRunState.Dropped) ?? 0);

    /// <summary>
    /// True if another process, such as <c>study run</c> in a terminal, works through the study's runs: nothing can be changed here
    /// until it has ended.
    /// </summary>
    public bool IsElsewhere { get; init; }

    /// <summary>
    /// True if a run has ended but its folder is still locked by its writer: the progress counts it as under way, and no event follows when
    /// the lock is released.
    /// </summary>
    public bool IsBehind =>
        Progress is { } progress
        && progress.Runs.Zip(States).Any(run => run.First.State == StudyRunState.Active && run.Second is { } state && state.HasEnded());

    /// <summary>True once every run of the study has ended, and none waits to continue.</summary>
    public bool IsDone => Progress is { IsDone: true } && !States.Any(state => state == RunState.Queued);
}

/// <summary>Reads studies for pages. Reads files, and is to be called in the background.</summary>
public sealed class StudyReader(StudioHome home, StudyStore store, RunCatalog catalog, IRunHistory history)
{
    /// <summary>Returns all studies, newest first, and the folders that hold none that can be read.</summary>
    /// <exception cref="InputException">The home cannot be read.</exception>
    public (IReadOnlyList<StudyEntry> Studies, IReadOnlyList<UnreadableStudy> Unreadable) List()
    {
        (IReadOnlyList<Study> studies, IReadOnlyList<UnreadableStudy> unreadable) = store.List();
        return ([.. studies.Select(Read)], unreadable);
    }

    /// <exception cref="InputException">There is no such study, or its file cannot be read.</exception>
    public StudyEntry Read(string id) => Read(store.Get(id));

    /// <summary>Returns what the study's open runs cost.</summary>
    /// <param name="progress">The study, before or while it runs.</param>
    /// <param name="secondsPerStep">As for <see cref="StudyEstimate.Of"/>.</param>
    public StudyEstimate Estimate(StudyProgress progress, Func<Engine.Settings.RunSpec, double?>? secondsPerStep = null) =>
        StudyEstimate.Of(progress, home, catalog, secondsPerStep);

    /// <summary>Returns the runs that a study would use and make.</summary>
    /// <exception cref="InputException">The study is invalid, or what its runs start from cannot be used.</exception>
    public StudyProgress Plan(Study study)
    {
        study = study.WithFullPaths();
        var progress = StudyProgress.Of(study, home, catalog);
        StudyInputs.Require(progress.Grid, home);
        return progress;
    }

    /// <summary>Returns the state of a run as history knows it, which is ahead of its folder where a run waits to continue.</summary>
    public RunState? StateOf(StudyRun run) => run.State == StudyRunState.Dropped ? null
        : run.Facts is { } facts && history.Find(facts.Id) is { } summary ? summary.State
        : run.State switch
        {
            StudyRunState.Waiting => RunState.Queued,
            StudyRunState.Active => RunState.Running,
            StudyRunState.Interrupted => RunState.Interrupted,
            StudyRunState.Finished => RunState.Finished,
            StudyRunState.Failed => RunState.Failed,
            StudyRunState.Cancelled => RunState.Cancelled,
            _ => null,
        };

    private StudyEntry Read(Study study)
    {
        try
        {
            var progress = StudyProgress.Of(study, home, catalog);
            return new(study, progress, [.. progress.Runs.Select(StateOf)], null)
            {
                // the studio itself reserves the studies that its queue works on
                IsElsewhere = study.Queue != StudyQueue.On && store.IsTaken(study.Id),
            };
        }
        catch (InputException e)
        {
            return new(study, null, [], e.Message);
        }
    }
}
