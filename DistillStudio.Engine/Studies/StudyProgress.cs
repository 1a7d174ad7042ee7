using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Studies;

/// <summary>State of a run that a study needs.</summary>
public enum StudyRunState
{
    /// <summary>No run has these settings yet.</summary>
    Missing,

    /// <summary>Created, and not started yet.</summary>
    Waiting,

    Active,

    /// <summary>Started, not ended, and held by no process: it continues from its last checkpoint.</summary>
    Interrupted,

    Finished,

    Failed,

    Cancelled,

    /// <summary>Not needed any more: its comparison was decided without it.</summary>
    Dropped,
}

/// <summary>A run that a study needs, with the run of the home that has its settings.</summary>
/// <param name="Facts">Null for a run that does not exist yet.</param>
public sealed record StudyRun(PlannedRun Plan, RecordedRun? Facts, StudyRunState State)
{
    /// <summary>True if the run is still to be made, or to be finished.</summary>
    public bool IsOpen => State is StudyRunState.Missing or StudyRunState.Waiting or StudyRunState.Interrupted;

    /// <summary>Test accuracy of the exported weights, in [0, 1]; null unless the run finished and was tested.</summary>
    public double? Accuracy => State == StudyRunState.Finished ? Facts?.Result?.Test?.Accuracy : null;
}

/// <summary>
/// How far a study is. Derived from its file and from the runs on disk alone, so that nothing is lost or done twice however a process
/// ends, and so that runs made elsewhere count.
/// </summary>
public sealed class StudyProgress
{
    private StudyProgress(Study study, StudyGrid grid, IReadOnlyList<StudyRun> runs, IReadOnlyList<RecordedRun> ofOtherInputs)
    {
        (Study, Grid, OfOtherInputs) = (study, grid, ofOtherInputs);
        Decisions = study.IsSequential ? Decide(study, grid, runs) : [];
        Runs = study.IsSequential
            ? [.. runs.Select(run => run.IsOpen && !IsNeeded(run.Plan) ? run with { State = StudyRunState.Dropped } : run)]
            : runs;
    }

    public Study Study { get; }

    public StudyGrid Grid { get; }

    /// <summary>The runs in the order of <see cref="StudyGrid.Runs"/>.</summary>
    public IReadOnlyList<StudyRun> Runs { get; }

    /// <summary>One for each cell that has a baseline, in the order of the cells; empty unless the study is sequential.</summary>
    public IReadOnlyList<StudyDecision> Decisions { get; }

    /// <summary>
    /// Runs with the study's settings that are not used, since they began from other data or another model than the home now holds under
    /// the same names.
    /// </summary>
    public IReadOnlyList<RecordedRun> OfOtherInputs { get; }

    /// <summary>True once no run is left to be made, to be finished, or under way.</summary>
    public bool IsDone => !Runs.Any(run => run.IsOpen || run.State == StudyRunState.Active);

    /// <exception cref="InputException">The study is invalid, or the runs cannot be read.</exception>
    public static StudyProgress Of(Study study, StudioHome home, RunCatalog catalog)
    {
        var grid = StudyGrid.Of(study, home);
        FoundRuns found = catalog.Find(grid.Runs.Select(run => run.Key).ToHashSet());
        return new StudyProgress(
            study, grid, [.. grid.Runs.Select(run => Match(run, found.ByKey.GetValueOrDefault(run.Key)))], found.OfOtherInputs);
    }

    /// <summary>
    /// Returns the study with further seeds, until there are <paramref name="count"/>; notes the number at which a verdict could be seen
    /// before, as the verdict on all of them has to allow for that.
    /// </summary>
    public Study WithMoreSeeds(int count)
    {
        bool isLookedAt = count > Study.Seeds.Count
            && StudyVerdict.Of(this).SelectMany(verdict => verdict.Comparisons).Any(comparison => comparison.Low is not null);
        return Study.WithMoreSeeds(count) with { Looks = isLookedAt ? [.. Study.Looks, Study.Seeds.Count] : Study.Looks };
    }

    /// <summary>
    /// Returns the study of which no run is its own yet; notes on how many of its seeds a verdict could be seen before it was made, from
    /// runs that exist.
    /// </summary>
    public Study WithEarlierLook()
    {
        int seen = Grid.Cells.Max(cell => Grid.BaselineOf(cell) is { } baseline
            ? TestedSeedsOf(cell).Intersect(TestedSeedsOf(baseline)).Count()
            : 0);
        return !Study.IsSequential && seen > 1 && seen < Study.Seeds.Count ? Study with { Looks = [seen] } : Study;
    }

    private IEnumerable<int> TestedSeedsOf(StudyCell cell) =>
        Runs.Where(run => run.Plan.Cell == cell && run.Accuracy is not null).Select(run => run.Plan.Seed);

    public int Count(StudyRunState state) => Runs.Count(run => run.State == state);

    private static List<StudyDecision> Decide(Study study, StudyGrid grid, IReadOnlyList<StudyRun> runs)
    {
        ILookup<int, StudyRun> byCell = runs.ToLookup(run => run.Plan.Cell.Index);
        (StudyCell, IReadOnlyList<StudyRun>) Of(StudyCell cell) => (cell, [.. byCell[cell.Index]]);

        (StudyCell Cell, StudyCell Baseline)[] compared =
        [
            .. from cell in grid.Cells
               let baseline = grid.BaselineOf(cell)
               where baseline is not null
               select (cell, baseline),
        ];
        var looks = new SequentialLooks(study.Comparison!.Margin, compared.Length);
        return [.. compared.Select(pair => looks.Decide(Of(pair.Cell), Of(pair.Baseline)))];
    }

    /// <summary>
    /// Returns true if a comparison that is still open takes the run; of cells that are compared with nothing, the study's own seeds
    /// are needed.
    /// </summary>
    private bool IsNeeded(PlannedRun run)
    {
        StudyDecision[] uses = [.. Decisions.Where(decision => decision.Cell == run.Cell.Index || decision.Baseline == run.Cell.Index)];
        return uses.Length == 0 ? Study.Seeds.Contains(run.Seed) : uses.Any(decision => decision.Kind == DecisionKind.Open);
    }

    private static StudyRun Match(PlannedRun plan, RecordedRun? facts) => new(plan, facts, facts?.Stage switch
    {
        null => StudyRunState.Missing,
        RunStage.Waiting => StudyRunState.Waiting,
        RunStage.Active => StudyRunState.Active,
        RunStage.Interrupted => StudyRunState.Interrupted,
        RunStage.Finished => StudyRunState.Finished,
        RunStage.Failed => StudyRunState.Failed,
        _ => StudyRunState.Cancelled,
    });
}
