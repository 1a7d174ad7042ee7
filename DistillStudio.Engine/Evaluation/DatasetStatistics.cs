using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Engine.Text;

namespace DistillStudio.Engine.Evaluation;

/// <summary>What a dataset holds, counted: <c>datasets show</c>'s figures. A split or teacher that is not there is not in them.</summary>
public sealed record DatasetStatistics(string Name, TaskKind Task, IReadOnlyDictionary<string, SplitStatistics> Splits)
{
    /// <param name="dataset">As loaded.</param>
    /// <param name="tokenizer">For token lengths; null for none.</param>
    public static DatasetStatistics Of(Dataset dataset, T5Tokenizer? tokenizer = null) => new(
        dataset.Name,
        dataset.Task,
        dataset.Splits.ToDictionary(s => s.Key, s => SplitStatistics.Of(dataset.Task, s.Value, tokenizer)));
}

/// <param name="Inputs">Tokens of the inputs; null without a tokenizer.</param>
/// <param name="Labels">Tokens of the true labels; null without a tokenizer.</param>
public sealed record SplitStatistics(
    int Rows, TokenLengths? Inputs, TokenLengths? Labels, IReadOnlyDictionary<string, TeacherStatistics> Teachers)
{
    internal static SplitStatistics Of(TaskKind task, Split split, T5Tokenizer? tokenizer) => new(
        split.Rows.Count,
        TokenLengths.Of(split.Rows.Select(r => r.Input), tokenizer),
        TokenLengths.Of(split.Rows.Select(r => r.Label), tokenizer),
        split.Teachers.ToDictionary(t => t.Key, t => TeacherStatistics.Of(task, split.Rows, t.Value, tokenizer)));
}

/// <summary>A teacher's answers for one split.</summary>
/// <param name="Rows">Answers, one a row.</param>
/// <param name="Accuracy">Share of labels that agree with the truth (<see cref="AnswerJudge"/>), in [0, 1].</param>
/// <param name="BlankLabels">Answers without a label.</param>
/// <param name="EmptyRationales">Answers without a rationale.</param>
/// <param name="RationaleChars">Characters of all rationales, as Unicode code points, blanks included.</param>
/// <param name="LabelChars">Characters of all labels, likewise.</param>
/// <param name="Rationales">Tokens of the rationales; null without a tokenizer.</param>
public sealed record TeacherStatistics(
    int Rows, double Accuracy, int BlankLabels, int EmptyRationales, long RationaleChars, long LabelChars, TokenLengths? Rationales)
{
    internal static TeacherStatistics Of(TaskKind task, IReadOnlyList<Row> rows, IReadOnlyList<TeacherAnswer> answers, T5Tokenizer? tokenizer) => new(
        answers.Count,
        answers.Count == 0 ? 0 : (double)rows.Zip(answers).Count(pair => AnswerJudge.IsCorrect(task, pair.Second.Label, pair.First.Label)) / answers.Count,
        answers.Count(a => a.IsLabelBlank),
        answers.Count(a => a.IsRationaleBlank),
        answers.Sum(a => CodePoints(a.Rationale)),
        answers.Sum(a => CodePoints(a.Label)),
        TokenLengths.Of(answers.Select(a => a.Rationale), tokenizer));

    private static long CodePoints(string text) => text.Length - text.Count(char.IsLowSurrogate);
}

/// <summary>How long texts are in tokens, each with its closing <c>&lt;/s&gt;</c>.</summary>
/// <param name="P95">95 of 100 are no longer.</param>
public sealed record TokenLengths(int Min, int Median, int P95, int Max)
{
    /// <summary>Null without a tokenizer or without texts.</summary>
    /// <exception cref="InputException">The tokenizer's file is damaged.</exception>
    public static TokenLengths? Of(IEnumerable<string> texts, T5Tokenizer? tokenizer)
    {
        if (tokenizer is null)
        {
            return null;
        }

        int[] lengths = Lengths(texts, tokenizer);
        Array.Sort(lengths);
        return lengths.Length == 0 ? null : new TokenLengths(lengths[0], AtShare(lengths, 0.5), AtShare(lengths, 0.95), lengths[^1]);
    }

    private static int[] Lengths(IEnumerable<string> texts, T5Tokenizer tokenizer)
    {
        try
        {
            return [.. texts.AsParallel().Select(text => tokenizer.Encode(text).Length)];
        }
        catch (AggregateException e) when (e.InnerException is InputException damaged)
        {
            throw new InputException(damaged.Message, e);
        }
    }

    /// <summary>The smallest length that at least this share of the texts do not exceed.</summary>
    private static int AtShare(int[] sorted, double share) => sorted[Math.Max(0, (int)Math.Ceiling(sorted.Length * share) - 1)];
}
