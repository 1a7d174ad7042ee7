using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Verdicts;
using DistillStudio.History;

namespace DistillStudio.Jobs;

/// <summary>Presents runs to a verdict.</summary>
public static class ComparedRuns
{
    /// <summary>Returns the run before its events are read.</summary>
    /// <param name="run">The run.</param>
    /// <param name="name">The name by which sentences call it.</param>
    public static ComparedRun Blank(RunSummary run, string name) => new()
    {
        Id = run.Id,
        Name = name,
        Folder = run.Folder,
        Spec = run.Spec,
        HasEnded = run.State.HasEnded(),
        IsCancelled = run.State == RunState.Cancelled,
        Environment = run.Environment,
        Environments = run.Environment is { } started ? [.. run.EarlierEnvironments, RunEnvironment.Of(started)] : [],
        Result = run.Result,
        Failure = run.Failure,
        UnreadableLines = run.UnreadableLines,
    };

    /// <summary>Returns true if a run may be a further seed of one of the compared methods.</summary>
    public static bool MayTellOf(IReadOnlyList<RunSummary> compared, RunSummary other) => compared.Any(run =>
        other.Spec.Dataset == run.Spec.Dataset && other.Spec.Method == run.Spec.Method && other.Spec.MaxSteps == run.Spec.MaxSteps);

    /// <summary>
    /// Returns the tested runs like those compared that are not compared themselves, to tell how much seeds differ and which are left
    /// out; oldest first and without their events.
    /// </summary>
    public static IReadOnlyList<ComparedRun> Others(IEnumerable<RunSummary> all, IReadOnlyList<RunSummary> compared) =>
    [
        .. all.Where(run => run.Result?.Test is not null && MayTellOf(compared, run) && compared.All(other => other.Id != run.Id))
            .OrderBy(run => run.CreatedAt)
            .Select(run => Blank(run, run.Title)),
    ];

    /// <summary>Compares runs from history. Reads the answers and all steps of runs that have ended, and takes a while for long
    /// ones.</summary>
    /// <param name="history">The history of the runs.</param>
    /// <param name="runs">The runs with the names by which sentences call them; baseline first.</param>
    /// <param name="margin">As for <see cref="Verdict.Of"/>.</param>
    /// <param name="isAtEqualCompute">As for <see cref="Verdict.Of"/>.</param>
    public static Verdict Compare(
        IRunHistory history, IReadOnlyList<(RunSummary Run, string Name)> runs, double margin, bool isAtEqualCompute)
    {
        // The cost of training is read once all have ended: reading all steps of a run after each evaluation of another is too slow.
        bool isOver = runs.All(compared => compared.Run.State.HasEnded());
        return Verdict.Of(
            [
                .. runs.Select(
                    compared => ComparedRun.Of(
                        Blank(compared.Run, compared.Name),
                        isOver ? history.Milestones(compared.Run.Id) : history.Evaluations(compared.Run.Id)))
            ],
            margin,
            Others(history.ListRuns(), [.. runs.Select(compared => compared.Run)]),
            isAtEqualCompute);
    }
}
