using DistillStudio.History;

namespace DistillStudio.Components.Pages.Runs;

/// <summary>Finds the columns that tell no run from another.</summary>
public static class ConstantColumns
{
    private static readonly string[] Kept = [RunColumn.Name, RunColumn.State, RunColumn.Progress, RunColumn.Started, RunColumn.Place];

    /// <summary>
    /// Returns the default columns in which all runs have the same text, each with it; empty for fewer than two runs. A column that a
    /// person added is never one of them.
    /// </summary>
    public static IReadOnlyList<(RunColumn Column, string Text)> Of(IReadOnlyList<RunSummary> runs, IReadOnlyList<string> shown) =>
        runs.Count < 2
            ? []
            : [
                .. RunColumn.All
                    .Where(column => column.IsShown && shown.Contains(column.Key) && !Kept.Contains(column.Key))
                    .Select(column => (Column: column, Text: column.Text(runs[0])))
                    .Where(pair => runs.Skip(1).All(run => pair.Column.Text(run) == pair.Text)),
            ];
}
