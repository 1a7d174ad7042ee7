using DistillStudio.Engine.Evaluation;

namespace DistillStudio.Engine.Import;

/// <summary>Finds tables that seem to lack the line with the names of their columns: their first row is then lost.</summary>
public static class HeaderCheck
{
    private const int LongestName = 60;

    /// <summary>Returns one sentence naming the first column whose name reads like content; null if there is none, or if the file's
    /// format names its columns elsewhere.</summary>
    public static string? Doubt(SourceSample sample) =>
        TableReader.IsDelimited(sample.Path) && sample.Columns.FirstOrDefault(column => IsContent(column, sample.Rows)) is { } odd
            ? $"The first line of {Path.GetFileName(sample.Path)} names the columns and is not imported, but \"{Shown(odd)}\" reads like "
                + $"content. If the file has no such line, add one above the first row."
            : null;

    private static bool IsContent(string column, IReadOnlyList<SourceRow> rows) =>
        column.Length > LongestName
        || (column.Contains(' ', StringComparison.Ordinal) && column[^1] is '?' or '.' or '!' or '。' or '？' or '؟')
        || (column.AsSpan().IndexOfAny("+*/") >= 0 && EquationEvaluator.Evaluate(column) is not null)
        || rows.Any(row => row.Cells.GetValueOrDefault(column).ToString().Trim() == column);

    private static string Shown(string column) => column.Length <= LongestName ? column : $"{column[..LongestName]}…";
}
