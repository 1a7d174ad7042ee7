using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Studies;
using DistillStudio.Engine.Verdicts;
using Spectre.Console;

namespace DistillStudio.Commands.Studies;

/// <summary>Writes a study's result for people.</summary>
internal static class StudyTables
{
    public static void Write(Terminal terminal, StudyResult result)
    {
        terminal.Out.WriteLine($"{result.Name} ({result.Id}): {StudyText.Counts(result)}");
        if (result.Notes.Length > 0)
        {
            terminal.Out.WriteLine(result.Notes);
        }

        Table table = Tables.Create("cell", "seeds", "mean accuracy", "95 % interval", "collapsed", "time per run", "FLOP per run");
        foreach (CellResult cell in result.Cells)
        {
            table.AddRow(Tables.Cells(
                cell.Title,
                $"{cell.Accuracy?.Seeds ?? 0} of {cell.Runs.Count}",
                Format.Percent(cell.Accuracy?.Mean),
                cell.Accuracy?.Interval is { } interval
                    ? $"{Format.Percent(interval.Low)} to {Format.Percent(interval.High)}"
                    : Format.Nothing,
                cell.Collapsed == 0 ? "" : Format.Count(cell.Collapsed),
                Format.Duration(cell.Cost?.Seconds),
                TrainingCost.FlopText(cell.Cost?.Flops)));
        }

        terminal.Console.Write(table);
        foreach (StudyVerdict verdict in result.Verdicts)
        {
            foreach (string sentence in verdict.Sentences)
            {
                terminal.Out.WriteLine(verdict.Titled(sentence));
            }
        }

        foreach (StudyDecision decision in result.Decisions)
        {
            terminal.Out.WriteLine($"{result.Cells[decision.Cell].Title}: {decision.FullText}");
        }

        foreach (string line in result.Verdicts.SelectMany(verdict => verdict.Evidence.Select(verdict.Titled)).Concat(result.Remarks))
        {
            terminal.Out.WriteLine(line);
        }

        foreach ((CellResult cell, SeedRun run) in result.Cells.SelectMany(cell => cell.Runs, (cell, run) => (cell, run))
            .Where(pair => pair.run.Failure is not null))
        {
            terminal.Out.WriteLine($"failed: {cell.Title}, seed {run.Seed} ({run.Run}): {run.Failure}");
        }
    }
}
