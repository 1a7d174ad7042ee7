using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Studies;
using DistillStudio.Engine.Verdicts;
using DistillStudio.Reports.Writing;

namespace DistillStudio.Reports;

/// <summary>A study's cells as tables.</summary>
internal static class StudyTables
{
    public static Table Cells(StudyResult result) => new(
        [
            new("Cell"),
            .. Column.Numbers("Seeds", "Test, mean", "95 % interval", "SD of a seed", "Last weights, mean"),
            .. Column.Numbers("Collapsed", "Mean without collapsed"),
        ],
        [
            .. result.Cells.Select(cell => (IReadOnlyList<string>)
            [
                cell.Title,
                $"{cell.Accuracy?.Seeds ?? 0} of {cell.Runs.Count}",
                Format.Percent(cell.Accuracy?.Mean),
                cell.Accuracy?.Interval is { } interval ? RunText.Between(interval) : Format.Nothing,
                Format.Percent(cell.Accuracy?.StandardDeviation),
                Format.Percent(cell.LastAccuracy?.Mean),
                Format.Count(cell.Collapsed),
                Format.Percent(cell.AccuracyWithoutCollapsed?.Mean),
            ]),
        ]);

    public static Table Costs(StudyResult result) => new(
        [
            new("Cell"), .. Column.Numbers("Steps", "Examples", "Tokens", "FLOP", "Time of a run"),
        ],
        [
            .. result.Cells.Where(cell => cell.Cost is not null).Select(cell => (IReadOnlyList<string>)
            [
                cell.Title, Whole(cell.Cost!.Steps), Whole(cell.Cost.Examples), Whole(cell.Cost.Tokens),
                TrainingCost.FlopText(cell.Cost.Flops), Format.Duration(cell.Cost.Seconds),
            ]),
        ]);

    public static Table Comparisons(StudyResult result, double margin) => new(
        [
            new("Cell"), new("Baseline"), .. Column.Numbers("Seeds", "Difference", "Interval", "Level", "p"), new("Finding"),
        ],
        [
            .. from verdict in result.Verdicts
               from comparison in verdict.Comparisons
               select Row(result.Cells[comparison.Cell].Title, result.Cells[verdict.Baseline].Title, comparison, margin),
        ]);

    public static Table Axes(Study study) => new(
        [new("Setting"), new("Flag"), new("Values")],
        study.Axes.Count == 0
            ? [["Seed", SettingFlagOfSeed, Format.Nothing]]
            : [.. study.Axes.Select(axis => (string[])[axis.Setting.Title, axis.Setting.Flag, string.Join(", ", axis.Values)])]);

    private static string SettingFlagOfSeed => Engine.Settings.SettingsTable.Seed.Flag;

    private static IReadOnlyList<string> Row(string cell, string baseline, CellComparison comparison, double margin) =>
        comparison is { Low: { } low, High: { } high }
            ? [
                cell, baseline, Format.Count(comparison.Seeds), $"{VerdictText.Signed(comparison.Difference)} points",
                VerdictText.Between(new(low, high)),
                VerdictText.Level(comparison.Level), VerdictText.P(comparison.P),
                VerdictTables.Finding(comparison.IsDecided, comparison.IsEquivalent, margin),
            ]
            :
            [
                cell, baseline, Format.Count(comparison.Seeds), Format.Nothing, Format.Nothing, Format.Nothing, Format.Nothing,
                "nothing is claimed",
            ];

    private static string Whole(double value) => Format.Count((long)Math.Round(value));
}
