using DistillStudio.Engine.Formatting;

namespace DistillStudio.Engine.Verdicts;

/// <summary>Compares the rows on which runs are validated.</summary>
internal static class ValidationRows
{
    /// <summary>Returns a sentence if the runs are validated on different rows; null otherwise.</summary>
    public static string? Note(IReadOnlyList<ComparedRun> runs)
    {
        int[] counts = [.. runs.Select(run => run.Validated is [.., var last] ? last.Evaluation.Rows : (int?)null).OfType<int>().Distinct().Order()];
        return counts.Length > 1
            ? $"Their validation rows differ ({VerdictText.List([.. counts.Select(count => Format.Count(count))])} rows), so curves and accuracies on validation are not of the same rows."
            : null;
    }
}
