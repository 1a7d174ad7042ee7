using System.Text.Json.Serialization;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Verdicts;

namespace DistillStudio.Engine.Studies;

/// <summary>
/// Everything that a study's page, the command line and the report show of it, in the order of its grid. Accuracies are those of the
/// exported weights on the test rows, in [0, 1].
/// </summary>
/// <param name="Id">Id of the study.</param>
/// <param name="Cells">One for each combination of the study's values.</param>
/// <param name="Series">Accuracy against each numeric setting that varies; empty if none does.</param>
/// <param name="Dropped">Number of runs that a sequential study did not need.</param>
/// <param name="Looks">See <see cref="Study.Looks"/>.</param>
/// <param name="Decisions">Of a sequential study; empty for another.</param>
/// <param name="Verdicts">One for each baseline, once its runs and those compared with it have ended; empty for a sequential
/// study.</param>
public sealed record StudyResult(
    string Id,
    string Name,
    string Notes,
    bool IsDone,
    int Runs,
    int Finished,
    int Failed,
    int Dropped,
    IReadOnlyList<int> Looks,
    IReadOnlyList<CellResult> Cells,
    IReadOnlyList<StudySeries> Series,
    IReadOnlyList<StudyDecision> Decisions,
    IReadOnlyList<StudyVerdict> Verdicts)
{
    /// <summary>What the claims allow for together, as sentences; empty if there is one at most.</summary>
    public IReadOnlyList<string> Remarks =>
    [
        .. Decisions.Count > 1
            ? [$"The study makes {Format.Count(Decisions.Count)} comparisons, which share the 5 %: "
                + $"each interval has {VerdictText.Level(Decisions[0].Level)}, so that all of them hold at every look with 95 % "
                + $"(Bonferroni)."]
            : Array.Empty<string>(),
        .. Verdicts.Sum(verdict => verdict.Comparisons.Count(comparison => comparison.Low is not null)) is > 1 and var count
            ? [$"p values and intervals are corrected for all {Format.Count(count)} comparisons of the study (Holm)."]
            : Array.Empty<string>(),
        .. Looks.Count == 0 && Verdicts.Any(verdict => verdict.Comparisons.Any(IsOpen)) ? [LaterSeeds] : Array.Empty<string>(),
        .. RecordGaps.Remark(
            Cells.SelectMany(cell => cell.Runs, (cell, run) => ($"{cell.Title}, seed {run.Seed}", run.UnreadableLines))) is { } gaps
            ? [gaps]
            : Array.Empty<string>(),
    ];

    private const string LaterSeeds = "The seeds are taken as chosen beforehand. Seeds that are added now, with the verdict seen, are "
        + "judged by intervals that hold at every look, which are wider; how many would be needed allows for that.";

    private static bool IsOpen(CellComparison comparison) => comparison is { Low: not null, IsDecided: false, IsEquivalent: false };

    public static StudyResult Of(StudyProgress progress)
    {
        CellResult[] cells = [.. progress.Grid.Cells.Select(cell => CellResult.Of(cell, progress))];
        return new(
            progress.Study.Id,
            progress.Study.Name,
            progress.Study.Notes,
            progress.IsDone,
            progress.Runs.Count,
            progress.Count(StudyRunState.Finished),
            progress.Count(StudyRunState.Failed),
            progress.Count(StudyRunState.Dropped),
            progress.Study.Looks,
            cells,
            [
                .. progress.Study.Axes.Where(axis => axis.Setting.IsNumber && axis.Values.Count > 1).Select(
                    axis => StudySeries.Of(axis.Setting, progress, cells))
            ],
            progress.Decisions,
            StudyVerdict.Of(progress));
    }
}

/// <summary>The runs of one combination of values.</summary>
/// <param name="Index">Position in the grid, from 0.</param>
/// <param name="Title">Display text.</param>
/// <param name="Values">Text of each axis's value, by its name in <c>spec.json</c>; null where it has no effect.</param>
/// <param name="Baseline">Index of the cell that this one is compared with; null for none.</param>
/// <param name="Accuracy">Over the seeds that finished; null before the first.</param>
/// <param name="LastAccuracy">The same of the weights of the last step.</param>
/// <param name="Collapsed">Number of finished runs that collapsed.</param>
/// <param name="AccuracyWithoutCollapsed">As <paramref name="Accuracy"/>, of the runs that did not collapse; null if there are
/// none.</param>
/// <param name="Cost">Mean over the finished runs; null before the first.</param>
/// <param name="Valid">Mean accuracy on validation at each step that all counted seeds evaluated, ascending.</param>
/// <param name="Runs">By seed, in the order of the study.</param>
public sealed record CellResult(
    int Index,
    string Title,
    IReadOnlyDictionary<string, string?> Values,
    int? Baseline,
    SeedMean? Accuracy,
    SeedMean? LastAccuracy,
    int Collapsed,
    SeedMean? AccuracyWithoutCollapsed,
    RunCost? Cost,
    IReadOnlyList<StepMean> Valid,
    IReadOnlyList<SeedRun> Runs)
{
    internal static CellResult Of(StudyCell cell, StudyProgress progress)
    {
        StudyRun[] runs = [.. progress.Runs.Where(run => run.Plan.Cell == cell)];
        StudyRun[] finished = [.. runs.Where(run => run.State == StudyRunState.Finished)];
        SeedRun[] seeds = [.. runs.Select(SeedRun.Of)];
        return new(
            cell.Index,
            cell.Title,
            progress.Study.Axes.Zip(cell.Values).ToDictionary(pair => pair.First.Setting.JsonName, pair => pair.Second?.Text),
            progress.Grid.BaselineOf(cell)?.Index,
            SeedMean.Of([.. seeds.Select(run => run.Accuracy).OfType<double>()]),
            SeedMean.Of([.. seeds.Select(run => run.LastAccuracy).OfType<double>()]),
            seeds.Count(run => run.Collapse is not null),
            SeedMean.Of([.. seeds.Where(run => run.Collapse is null).Select(run => run.Accuracy).OfType<double>()]),
            RunCost.MeanOf([.. finished.Select(run => RunCost.Of(run.Facts!))]),
            StepMean.Of([.. finished.Select(run => run.Facts!.Run.Validated)]),
            seeds);
    }
}

/// <summary>One run of a cell.</summary>
/// <param name="Run">Id of the run; null before it exists.</param>
/// <param name="Accuracy">Test accuracy of the exported weights; null unless the run finished and was tested.</param>
/// <param name="BestAccuracy">Of the weights that were best on validation.</param>
/// <param name="LastAccuracy">Of the weights of the last step.</param>
/// <param name="Collapse">Why the run counts as collapsed; null if it does not.</param>
/// <param name="Failure">One sentence; null unless the run failed.</param>
/// <param name="UnreadableLines">Number of lines in the event file that hold no event.</param>
public sealed record SeedRun(
    int Seed, string? Run, string? Folder, StudyRunState State, int Step, int MaxSteps, double? Accuracy, double? BestAccuracy,
    double? LastAccuracy, string? Collapse, string? Failure,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int UnreadableLines)
{
    internal static SeedRun Of(StudyRun run) => new(
        run.Plan.Seed,
        run.Facts?.Id,
        run.Facts?.Folder,
        run.State,
        run.Facts?.Step ?? 0,
        run.Plan.Spec.MaxSteps,
        run.Accuracy,
        run.Facts?.Result?.TestBest?.Accuracy,
        run.Facts?.Result?.TestLast?.Accuracy,
        run.Facts?.Collapse,
        run.Facts?.Failure,
        run.Facts?.Run.UnreadableLines ?? 0);
}

/// <summary>What a run took.</summary>
/// <param name="Examples">Examples trained on, counted once for each pass.</param>
/// <param name="Tokens">Unpadded input and target tokens trained on.</param>
/// <param name="Flops">Floating-point operations of the weight matrices; null for runs recorded by an older program.</param>
/// <param name="Seconds">From start to end with evaluations, without pauses.</param>
public sealed record RunCost(double Steps, double Examples, double Tokens, double? Flops, double Seconds)
{
    internal static RunCost Of(RecordedRun run) =>
        new(run.Step, run.Run.Cost.Examples, run.Run.Cost.Tokens, run.Run.Cost.Flops, run.Result!.Seconds);

    internal static RunCost? MeanOf(IReadOnlyList<RunCost> costs) => costs.Count == 0
        ? null
        : new(
            costs.Average(cost => cost.Steps),
            costs.Average(cost => cost.Examples),
            costs.Average(cost => cost.Tokens),
            costs.Any(cost => cost.Flops is null) ? null : costs.Average(cost => cost.Flops),
            costs.Average(cost => cost.Seconds));
}

/// <summary>Accuracy on validation after a step, over seeds.</summary>
public sealed record StepMean(int Step, SeedMean Accuracy)
{
    /// <summary>Returns the steps at which every run was validated: a mean over changing runs would jump.</summary>
    internal static IReadOnlyList<StepMean> Of(IReadOnlyList<IReadOnlyList<ValidatedPoint>> runs) =>
    [
        .. runs.SelectMany(run => run.Select(point => point.Evaluation).DistinctBy(look => look.Step))
            .GroupBy(look => look.Step)
            .Where(looks => looks.Count() == runs.Count)
            .OrderBy(looks => looks.Key)
            .Select(looks => new StepMean(looks.Key, SeedMean.Of([.. looks.Select(look => look.Accuracy)])!)),
    ];
}

/// <summary>Accuracy against a numeric setting.</summary>
/// <param name="Setting">Its name in <c>spec.json</c>, such as <c>subsample</c>.</param>
/// <param name="Title">Display text of the setting.</param>
public sealed record StudySeries(string Setting, string Title, IReadOnlyList<SeriesLine> Lines)
{
    /// <summary>The setting within a sentence: what accuracy is drawn against.</summary>
    public string Against => Setting == SettingsTable.Subsample.JsonName
        ? "share of the training data"
        : $"{char.ToLowerInvariant(Title[0])}{Title[1..]}";

    internal static StudySeries Of(Setting setting, StudyProgress progress, IReadOnlyList<CellResult> results) => new(
        setting.JsonName,
        setting.Title,
        [
            .. progress.Grid.Cells
                .GroupBy(cell => cell.TitleOf(progress.Study.Axes.Select(axis => axis.Setting).Where(other => other != setting)))
                .Select(line => new SeriesLine(line.Key, line.First().Spec.Method,
                [
                    .. line.Select(
                        cell => new SeriesPoint(
                            setting.Applies(cell.Spec) ? Convert.ToDouble(setting.SortKey(cell.Spec)) : null, cell.Index,
                            results[cell.Index].Accuracy))
                        .OrderBy(point => point.X),
                ])),
        ]);
}

/// <param name="Title">The other values of the line's cells.</param>
/// <param name="Method">Method of the line's cells; of the first if it varies.</param>
/// <param name="Points">Ascending.</param>
public sealed record SeriesLine(string Title, string Method, IReadOnlyList<SeriesPoint> Points);

/// <param name="X">Value of the setting; null on a line on which it has no effect, which is level.</param>
/// <param name="Cell">Index of the cell.</param>
/// <param name="Accuracy">Null before the first run has finished.</param>
public sealed record SeriesPoint(double? X, int Cell, SeedMean? Accuracy);
