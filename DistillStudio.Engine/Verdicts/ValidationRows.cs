using DistillStudio.Engine.Data;
using DistillStudio.Engine.Formatting;

namespace DistillStudio.Engine.Verdicts;

/// <summary>Compares the rows on which runs are validated.</summary>
internal static class ValidationRows
{
    /// <summary>Returns a sentence if the runs are known to be validated on different rows; null otherwise.</summary>
    public static string? Note(IReadOnlyList<ComparedRun> runs)
    {
        RowsFingerprint?[] prints = [.. runs.Select(run => run.Environment?.Fingerprints?.Valid)];
        int[] counts = [
            .. runs.Select((run, i) => prints[i]?.Rows ?? (run.Validated is [.., var last] ? last.Evaluation.Rows : (int?)null))
                .OfType<int>().Distinct().Order()
        ];
        bool areDifferent = prints.OfType<RowsFingerprint>().DistinctBy(rows => rows.Content).Count() > 1 || counts.Length > 1;
        string sizes = counts.Length > 1 ? $" ({VerdictText.List([.. counts.Select(count => Format.Count(count))])} rows)" : "";
        return areDifferent
            ? $"Their validation rows differ{sizes}: curves and accuracies on validation are not of the same rows, "
                + $"and do not compare the runs."
            : null;
    }
}
