using DistillStudio.Engine.Formatting;
using DistillStudio.History;

namespace DistillStudio.Components.Pages.Runs;

/// <summary>Finds the columns that tell no run from another.</summary>
public static class ConstantColumns
{
    private static readonly string[] Kept = [RunColumn.Name, RunColumn.State, RunColumn.Progress, RunColumn.Started, RunColumn.Place];

    /// <summary>
    /// Returns the default columns in which all runs have the same text, each with it; empty for fewer than two runs. A setting counts
    /// only where it applies. A column that a person added is never one of them.
    /// </summary>
    public static IReadOnlyList<(RunColumn Column, string Text)> Of(IReadOnlyList<RunSummary> runs, IReadOnlyList<string> shown) =>
        runs.Count < 2
            ? []
            : [
                .. RunColumn.All
                    .Where(column => column.IsShown && shown.Contains(column.Key) && !Kept.Contains(column.Key))
                    .Select(column => (Column: column, Text: TextOf(column, runs)))
                    .Where(pair => pair.Text is not null)
                    .Select(pair => (pair.Column, pair.Text!)),
            ];

    /// <summary>Returns the text that all runs have; null if they differ.</summary>
    private static string? TextOf(RunColumn column, IReadOnlyList<RunSummary> runs)
    {
        RunSummary[] meant = [.. runs.Where(run => column.Setting?.Applies(run.Spec) != false)];
        return meant.Length == 0 ? Format.Nothing
            : !meant.All(run => column.Text(run) == column.Text(meant[0])) ? null
            : meant.Length == runs.Count ? column.Text(meant[0])
            : $"{column.Text(meant[0])} where it applies";
    }
}
