using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Studies;
using DistillStudio.Engine.Verdicts;
using Spectre.Console;

namespace DistillStudio.Commands.Studies;

/// <summary>Writes a study's result for people.</summary>
internal static class StudyTables
{
    public static void Write(IAnsiConsole console, StudyResult result)
    {
        console.WriteLine($"{result.Name} ({result.Id}): {Format.Count(result.Finished)} of {Format.Plural(result.Runs, "run")} finished{(result.Failed > 0 ? $", {Format.Count(result.Failed)} failed" : "")}{(result.Dropped > 0 ? $", {Format.Count(result.Dropped)} not needed" : "")}");
        if (result.Notes.Length > 0)
        {
            console.WriteLine(result.Notes);
        }

        Table table = Tables.Create("cell", "seeds", "mean accuracy", "95 % interval", "collapsed", "time a run", "FLOP a run");
        foreach (CellResult cell in result.Cells)
        {
            table.AddRow(Tables.Cells(
                cell.Title,
                $"{cell.Accuracy?.Seeds ?? 0} of {cell.Runs.Count}",
                Format.Percent(cell.Accuracy?.Mean),
                cell.Accuracy?.Interval is { } interval ? $"{Format.Percent(interval.Low)} to {Format.Percent(interval.High)}" : Format.Nothing,
                cell.Collapsed == 0 ? "" : Format.Count(cell.Collapsed),
                Format.Duration(cell.Cost?.Seconds),
                TrainingCost.FlopText(cell.Cost?.Flops)));
        }

        console.Write(table);
        foreach (StudyVerdict verdict in result.Verdicts)
        {
            foreach (string sentence in verdict.Sentences)
            {
                console.WriteLine(verdict.Title.Length > 0 ? $"{verdict.Title}: {sentence}" : sentence);
            }
        }

        foreach (StudyDecision decision in result.Decisions)
        {
            console.WriteLine($"{result.Cells[decision.Cell].Title}: {Words(decision)}");
        }

        foreach ((CellResult cell, SeedRun run) in result.Cells.SelectMany(cell => cell.Runs, (cell, run) => (cell, run)).Where(pair => pair.run.Failure is not null))
        {
            console.WriteLine($"failed: {cell.Title}, seed {run.Seed} ({run.Run}): {run.Failure}");
        }
    }

    /// <summary>Returns where a sequential comparison stands, with its interval.</summary>
    public static string Words(StudyDecision decision) => decision.Interval is { } interval
        ? $"{decision.Text}: {Format.Points(decision.Difference)} against its baseline, between {Format.Points(interval.Low)} and {Format.Points(interval.High)} (95 %, valid at every look)"
        : decision.Text;
}
