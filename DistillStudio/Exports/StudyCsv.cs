using DistillStudio.Engine.Studies;

namespace DistillStudio.Exports;

/// <summary>A study's result as CSV lines, the first with the columns' names. Accuracies are fractions, times are in seconds.</summary>
internal static class StudyCsv
{
    public static IEnumerable<string> Cells(StudyResult result)
    {
        string[] axes = Axes(result);
        yield return Csv.Line(
            [
                .. axes, "seeds", "accuracy", "accuracy_low", "accuracy_high", "accuracy_sd", "last_accuracy", "collapsed",
                "accuracy_without_collapsed", "steps", "examples", "tokens", "flops", "seconds",
            ]);
        foreach (CellResult cell in result.Cells)
        {
            yield return Csv.Line(
            [
                .. axes.Select(axis => (object?)cell.Values[axis]),
                cell.Accuracy?.Seeds ?? 0,
                cell.Accuracy?.Mean,
                cell.Accuracy?.Interval?.Low,
                cell.Accuracy?.Interval?.High,
                cell.Accuracy?.StandardDeviation,
                cell.LastAccuracy?.Mean,
                cell.Collapsed,
                cell.AccuracyWithoutCollapsed?.Mean,
                cell.Cost?.Steps,
                cell.Cost?.Examples,
                cell.Cost?.Tokens,
                cell.Cost?.Flops,
                cell.Cost?.Seconds,
            ]);
        }
    }

    public static IEnumerable<string> Runs(StudyResult result)
    {
        string[] axes = Axes(result);
        yield return Csv.Line(
            [.. axes, "run", "id", "state", "step", "accuracy", "best_accuracy", "last_accuracy", "collapsed", "failure"]);
        foreach ((CellResult cell, SeedRun run) in result.Cells.SelectMany(cell => cell.Runs, (cell, run) => (cell, run)))
        {
            yield return Csv.Line(
            [
                .. axes.Select(axis => (object?)cell.Values[axis]),
                run.Seed,
                run.Run,
                run.State.ToString().ToLowerInvariant(),
                run.Step,
                run.Accuracy,
                run.BestAccuracy,
                run.LastAccuracy,
                run.Collapse is null ? 0 : 1,
                run.Failure,
            ]);
        }
    }

    private static string[] Axes(StudyResult result) => [.. result.Cells[0].Values.Keys];
}
