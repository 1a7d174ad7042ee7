using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Studies;

namespace DistillStudio.Tests.Support;

/// <summary>A home whose runs are recorded, not trained.</summary>
internal sealed class StudyHome : IDisposable
{
    private readonly TempFolder _folder = new();

    public StudyHome() => Catalog = new RunCatalog(Home, Hidden.Contains);

    public StudioHome Home => _folder.Home;

    public HashSet<string> Hidden { get; } = [];

    public RunCatalog Catalog { get; }

    /// <summary>Standard against step-by-step.</summary>
    public static Study Pair(int seeds = 3) => StudyPreset.Find("standard-vs-step-by-step")!.Create(
        "pair", RunDefaults.Demo with { MaxSteps = 20, EvalSteps = 10, Draw = DataDraw.Nested }, seeds);

    public StudyProgress Look(Study study) => StudyProgress.Of(study, Home, Catalog);

    public string Write(string name, string text) => _folder.Write(name, text);

    /// <summary>Records the run of a cell and a seed, finished with an accuracy.</summary>
    public RunFolder Finish(Study study, int cell, int seed, double accuracy, int rows = 500) => Add(SpecOf(study, cell, seed), spec =>
    [
        RunScript.Started(spec),
        RunScript.Step(10, spec),
        RunScript.Valid(10, accuracy - 0.1),
        RunScript.Step(20, spec),
        RunScript.Valid(20, accuracy),
        Finished(accuracy, rows),
    ]);

    /// <summary>Records a finished run with its answers to the test rows.</summary>
    public void FinishOn(Study study, int cell, int seed, Func<int, bool> isRight, int rows = 60)
    {
        TrainingRow[] tested = [.. Enumerable.Range(0, rows).Select(row => new TrainingRow(row, $"row {row}", "a", "a", null, null))];
        Answer[] answers = [.. tested.Select(row => new Answer(row.Index, $"{row.Index}", null, isRight(row.Index), false, false))];
        RunFolder folder = Finish(study, cell, seed, answers.Count(answer => answer.IsCorrect) / (double)rows, rows);
        TestAnswers.Write(folder.Path, tested, answers, KeepModel.Best, null);
    }

    public RunSpec SpecOf(Study study, int cell, int seed) =>
        StudyGrid.Of(study, Home).Runs.Single(run => run.Cell.Index == cell && run.Seed == seed).Spec;

    public RunFolder Add(RunSpec spec, Func<RunSpec, IEnumerable<RunEvent>> events) => RunFiles.Create(Home, spec, events(spec));

    public static Finished Finished(double accuracy, int rows)
    {
        var test = new DistillStudio.Engine.Runs.TestResult(accuracy, (int)(accuracy * rows), rows, 20, accuracy == 0 ? 0.01 : null);
        return new(20, test, test, test, accuracy, "model", 12);
    }

    /// <summary>Two methods and two alphas: three cells, as alpha has no effect on standard training.</summary>
    public static Study Alphas() => Pair(2) with
    {
        Axes = [new(SettingsTable.Method, [MethodNames.Standard, MethodNames.TaskPrefix]), new(SettingsTable.Alpha, ["0.3", "0.7"])],
    };

    public void Dispose() => _folder.Dispose();
}
