using DistillStudio.Engine.Data;
using DistillStudio.Engine.Statistics;

namespace DistillStudio.Engine.Evaluation;

/// <summary>How often a teacher gave one label where another is true.</summary>
public sealed record Confusion(string Truth, string Given, int Count);

/// <summary>Quality of a teacher's answers to the rows of one split to which it replied.</summary>
/// <param name="Rows">Number of those rows.</param>
/// <param name="Unasked">Number of rows that it was not asked about.</param>
/// <param name="Unanswered">Number of rows for which it was asked and no reply came.</param>
/// <param name="Correct">Number of labels that agree with the truth (<see cref="AnswerJudge"/>).</param>
/// <param name="Interval">95 % interval of the agreement.</param>
/// <param name="Truncated">Number of rationales that do not end as a sentence does.</param>
/// <param name="Copies">Number of rationales that only repeat a part of the input.</param>
/// <param name="Confusions">The commonest wrong labels, the most frequent first.</param>
/// <param name="Length">Characters of the rationales that are not blank.</param>
public sealed record TeacherReport(
    string Teacher, string Split, int Rows, int Unasked, int Unanswered, int Correct, ConfidenceInterval Interval, int BlankLabels,
    int BlankRationales, int Truncated, int Copies, IReadOnlyList<Confusion> Confusions, CharLengths? Length)
{
    private const int MostConfusions = 20;

    /// <summary>Shorter rationales may occur in an input by chance.</summary>
    private const int ShortestCopy = 20;

    private const string SentenceEnds = ".!?)]}\"'»”’…:";

    public double Agreement => Rows == 0 ? 0 : (double)Correct / Rows;

    /// <param name="split">The split whose rows were answered.</param>
    /// <param name="teacher">One of its teachers.</param>
    public static TeacherReport Of(TaskKind task, Split split, string teacher)
    {
        IReadOnlyList<TeacherAnswer> answers = split.Teachers[teacher];
        var confusions = new Dictionary<(string, string), int>();
        var lengths = new List<int>();
        (int unasked, int unanswered, int correct, int blankLabels, int blankRationales, int truncated, int copies) = (0, 0, 0, 0, 0, 0, 0);
        for (int i = 0; i < answers.Count; i++)
        {
            if (!split.IsAnswered(teacher, i))
            {
                _ = split.IsUnasked(teacher, i) ? unasked++ : unanswered++;
                continue;
            }

            TeacherAnswer answer = answers[i];
            Row row = split.Rows[i];
            if (AnswerJudge.IsCorrect(task, answer.Label, row.Label))
            {
                correct++;
            }
            else
            {
                confusions[(row.Label, answer.Label)] = confusions.GetValueOrDefault((row.Label, answer.Label)) + 1;
            }

            blankLabels += answer.IsLabelBlank ? 1 : 0;
            blankRationales += answer.IsRationaleBlank ? 1 : 0;
            if (!answer.IsRationaleBlank)
            {
                lengths.Add(answer.Rationale.Length);
                truncated += IsTruncated(answer.Rationale) ? 1 : 0;
                copies += IsCopy(answer.Rationale, row.Input) ? 1 : 0;
            }
        }

        int rows = answers.Count - unasked - unanswered;
        return new(
            teacher, split.Name, rows, unasked, unanswered, correct, rows == 0 ? new(0, 1) : ConfidenceInterval.OfProportion(correct, rows),
            blankLabels, blankRationales, truncated, copies,
            [
                .. confusions.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key).Take(MostConfusions).Select(
                    pair => new Confusion(pair.Key.Item1, pair.Key.Item2, pair.Value))
            ],
            CharLengths.Of(lengths));
    }

    /// <summary>Returns true for a text that stops within a sentence.</summary>
    public static bool IsTruncated(string rationale) =>
        rationale.TrimEnd() is [.., var last] && !SentenceEnds.Contains(last, StringComparison.Ordinal);

    /// <summary>Returns true for a rationale that is a part of the input.</summary>
    public static bool IsCopy(string rationale, string input) =>
        rationale.Trim() is { Length: >= ShortestCopy } text && input.Contains(text, StringComparison.OrdinalIgnoreCase);
}

/// <summary>Lengths of texts in characters.</summary>
public sealed record CharLengths(int Median, int P95, int Max)
{
    /// <summary>Returns null for no texts.</summary>
    public static CharLengths? Of(List<int> lengths)
    {
        lengths.Sort();
        return lengths.Count == 0 ? null : new(lengths[(lengths.Count - 1) / 2], lengths[(int)(0.95 * (lengths.Count - 1))], lengths[^1]);
    }
}
