using DistillStudio.Engine.Data;

namespace DistillStudio.Engine.Evaluation.Rationales;

/// <summary>A student's rationale with the data by which it is judged.</summary>
/// <param name="Input">The row's input.</param>
/// <param name="Rationale">The student's rationale.</param>
/// <param name="Label">The label that the student predicts for the row.</param>
/// <param name="Teacher">The teacher's rationale; null without one.</param>
/// <param name="IsTruncated">True if the rationale reached the generation limit before its end.</param>
public sealed record WrittenRationale(string Input, string Rationale, string Label, string? Teacher, bool IsTruncated);

/// <summary>Figures of one rationale.</summary>
/// <param name="RougeL">See <see cref="Rationales.RougeL"/>, with the teacher's rationale; null without one.</param>
/// <param name="StatesLabel">Whether the answer that the rationale states is the predicted label; null if it states none.</param>
/// <param name="Words">Number of words.</param>
/// <param name="Copied">Share of its 4-grams of words that occur in the input, in [0, 1]: one minus the share of novel n-grams of See,
/// Liu and Manning 2017, "Get To The Point", section 5. Null for fewer than four words.</param>
/// <param name="IsEmpty">True for blank text.</param>
public sealed record RationaleFigures(double? RougeL, bool? StatesLabel, int Words, double? Copied, bool IsTruncated, bool IsEmpty)
{
    /// <summary>Length of the n-grams of <see cref="Copied"/>: long enough that two texts on one topic share few by chance.</summary>
    private const int Gram = 4;

    public static RationaleFigures Of(TaskKind task, WrittenRationale written)
    {
        IReadOnlyList<string> words = Rationales.Words.Of(written.Rationale);
        return new(
            string.IsNullOrWhiteSpace(written.Teacher) ? null : Rationales.RougeL.F1(words, Rationales.Words.Of(written.Teacher)),
            StatedAnswer.Equals(task, written.Input, written.Rationale, written.Label),
            Rationales.Words.Count(written.Rationale),
            CopiedShare(words, Rationales.Words.Of(written.Input)),
            written.IsTruncated,
            string.IsNullOrWhiteSpace(written.Rationale));
    }

    private static double? CopiedShare(IReadOnlyList<string> words, IReadOnlyList<string> input)
    {
        string[] grams = Grams(words);
        HashSet<string> known = [.. Grams(input)];
        return grams.Length == 0 ? null : (double)grams.Count(known.Contains) / grams.Length;
    }

    private static string[] Grams(IReadOnlyList<string> words) =>
        [.. Enumerable.Range(0, Math.Max(0, words.Count - Gram + 1)).Select(start => string.Join(' ', words.Skip(start).Take(Gram)))];
}
