using DistillStudio.Engine.Data;
using DistillStudio.Engine.Text;

namespace DistillStudio.Engine.Evaluation.Rationales;

/// <summary>Quality of the rationales that a student wrote for some rows. Shares are in [0, 1], and null if no row has the
/// figure.</summary>
/// <param name="Rows">Number of rationales.</param>
/// <param name="RougeL">Mean over the rationales whose row has a teacher's.</param>
/// <param name="Compared">Number of those.</param>
/// <param name="Stated">Share that states an answer at all.</param>
/// <param name="StatesLabel">Of those, the share whose answer is the predicted label.</param>
/// <param name="MedianWords">Median number of words.</param>
/// <param name="MedianTokens">Median number of tokens, with the closing <c>&lt;/s&gt;</c>; null without a tokenizer.</param>
/// <param name="Copied">Mean share of 4-grams that occur in the input; see <see cref="RationaleFigures.Copied"/>.</param>
public sealed record RationaleQuality(
    int Rows,
    double? RougeL,
    int Compared,
    double? Stated,
    double? StatesLabel,
    double? MedianWords,
    int? MedianTokens,
    double? Copied,
    double? Truncated,
    double? Empty)
{
    /// <param name="task">Kind of the task.</param>
    /// <param name="written">The rationales; may be empty.</param>
    /// <param name="tokenizer">Tokenizer for lengths in tokens; null for none.</param>
    public static RationaleQuality Of(TaskKind task, IReadOnlyList<WrittenRationale> written, T5Tokenizer? tokenizer = null)
    {
        RationaleFigures[] rows = [.. written.AsParallel().AsOrdered().Select(one => RationaleFigures.Of(task, one))];
        return new(
            rows.Length,
            Mean(rows.Select(row => row.RougeL)),
            rows.Count(row => row.RougeL is not null),
            Mean(rows.Select(row => Share(row.StatesLabel is not null))),
            Mean(rows.Where(row => row.StatesLabel is not null).Select(row => Share(row.StatesLabel!.Value))),
            Median([.. rows.Select(row => row.Words).Order()]),
            TokenLengths.Of(written.Select(one => one.Rationale), tokenizer)?.Median,
            Mean(rows.Select(row => row.Copied)),
            Mean(rows.Select(row => Share(row.IsTruncated))),
            Mean(rows.Select(row => Share(row.IsEmpty))));
    }

    private static double? Share(bool isSo) => isSo ? 1 : 0;

    private static double? Mean(IEnumerable<double?> values) => values.Average();

    private static double? Median(int[] sorted) =>
        sorted.Length == 0 ? null : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2.0;
}
