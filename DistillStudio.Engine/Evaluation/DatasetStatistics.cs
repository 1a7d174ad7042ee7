using System.Text.Json.Serialization;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Statistics;
using DistillStudio.Engine.Text;

namespace DistillStudio.Engine.Evaluation;

/// <summary>Statistics of a dataset, as shown by <c>datasets show</c>. Missing splits and teachers are omitted.</summary>
/// <param name="Repeated">Rows whose input occurs again.</param>
public sealed record DatasetStatistics(
    string Name, TaskKind Task, IReadOnlyDictionary<string, SplitStatistics> Splits, RepeatedCounts Repeated)
{
    /// <param name="dataset">The loaded dataset.</param>
    /// <param name="tokenizer">Tokenizer for token lengths; null for none.</param>
    public static DatasetStatistics Of(Dataset dataset, T5Tokenizer? tokenizer = null) => new(
        dataset.Name,
        dataset.Task,
        dataset.Splits.ToDictionary(s => s.Key, s => SplitStatistics.Of(dataset.Task, s.Value, tokenizer)),
        RepeatedCounts.Of(RepeatedRows.Of(dataset, most: 0)));
}

/// <inheritdoc cref="RepeatedRows"/>
public sealed record RepeatedCounts(IReadOnlyDictionary<string, int> Within, IReadOnlyDictionary<string, int> Leaked)
{
    /// <summary>Display text: one sentence for each split whose rows include inputs of training rows.</summary>
    [JsonIgnore]
    public IEnumerable<string> LeakNotes => Leaked.Where(split => split.Value > 0).Select(split =>
        $"{split.Key}: {split.Value:N0} {(split.Value == 1 ? "row has" : "rows have")} the input of a training row; on these, "
            + $"{split.Key} accuracy measures memory.");

    internal static RepeatedCounts Of(RepeatedRows rows) => new(rows.Within, rows.Leaked);

    /// <summary>Counts the inputs of splits without listing them.</summary>
    /// <inheritdoc cref="RepeatedRows.PlacesOf"/>
    internal static RepeatedCounts Of<T>(IReadOnlyDictionary<string, IEnumerable<T>> inputs)
        where T : notnull => Of(inputs.Keys, RepeatedRows.PlacesOf(inputs).Values);

    /// <param name="splits">Names of the splits.</param>
    /// <param name="places">Places of each repeated input, as <see cref="RepeatedRows.PlacesOf"/> returns them.</param>
    internal static RepeatedCounts Of(IEnumerable<string> splits, IReadOnlyCollection<List<(string Split, int Row)>> places) => new(
        splits.ToDictionary(split => split, split => places.Sum(rows => Math.Max(0, rows.Count(row => row.Split == split) - 1))),
        splits.Where(split => split != Dataset.Train).ToDictionary(
            split => split,
            split => places.Where(rows => rows[0].Split == Dataset.Train).Sum(rows => rows.Count(row => row.Split == split))));
}

/// <param name="Inputs">Token lengths of the inputs; null without a tokenizer.</param>
/// <param name="Labels">Token lengths of the true labels; null without a tokenizer.</param>
public sealed record SplitStatistics(
    int Rows, TokenLengths? Inputs, TokenLengths? Labels, IReadOnlyDictionary<string, TeacherStatistics> Teachers)
{
    internal static SplitStatistics Of(TaskKind task, Split split, T5Tokenizer? tokenizer) => new(
        split.Rows.Count,
        TokenLengths.Of(split.Rows.Select(r => r.Input), tokenizer),
        TokenLengths.Of(split.Rows.Select(r => r.Label), tokenizer),
        split.Teachers.Keys.ToDictionary(teacher => teacher, teacher => TeacherStatistics.Of(task, split, teacher, tokenizer)));
}

/// <summary>Statistics of a teacher's answers for one split.</summary>
/// <param name="Rows">Number of rows to which the teacher replied; all other figures but the next two are of these.</param>
/// <param name="Unasked">Number of rows that it was not asked about.</param>
/// <param name="Unanswered">Number of rows for which it was asked and no reply came.</param>
/// <param name="Accuracy">Fraction of labels that agree with the truth (<see cref="AnswerJudge"/>), in [0, 1]; 0 without rows.</param>
/// <param name="BlankLabels">Number of answers without a label.</param>
/// <param name="EmptyRationales">Number of answers without a rationale.</param>
/// <param name="Interval">95 % interval of the accuracy.</param>
/// <param name="Truncated">Number of rationales that do not end as a sentence does.</param>
/// <param name="Copies">Number of rationales that only repeat a part of the input.</param>
/// <param name="RationaleChars">Number of characters in all rationales, as Unicode code points, including whitespace.</param>
/// <param name="LabelChars">Number of characters in all labels, counted likewise.</param>
/// <param name="Rationales">Token lengths of the rationales; null without a tokenizer.</param>
public sealed record TeacherStatistics(
    int Rows, int Unasked, int Unanswered, double Accuracy, ConfidenceInterval Interval, int BlankLabels, int EmptyRationales,
    int Truncated, int Copies, long RationaleChars, long LabelChars, TokenLengths? Rationales)
{
    internal static TeacherStatistics Of(TaskKind task, Split split, string teacher, T5Tokenizer? tokenizer)
    {
        var report = TeacherReport.Of(task, split, teacher);
        TeacherAnswer[] answers = [.. split.Teachers[teacher].Where((_, row) => split.IsAnswered(teacher, row))];
        return new(
            report.Rows,
            report.Unasked,
            report.Unanswered,
            report.Agreement,
            report.Interval,
            report.BlankLabels,
            report.BlankRationales,
            report.Truncated,
            report.Copies,
            answers.Sum(a => CodePoints(a.Rationale)),
            answers.Sum(a => CodePoints(a.Label)),
            TokenLengths.Of(answers.Select(a => a.Rationale), tokenizer));
    }

    private static long CodePoints(string text) => text.Length - text.Count(char.IsLowSurrogate);
}

/// <summary>Distribution of text lengths in tokens, each including the closing <c>&lt;/s&gt;</c>.</summary>
/// <param name="P95">95th percentile.</param>
public sealed record TokenLengths(int Min, int Median, int P95, int Max)
{
    /// <summary>Computes the token lengths; returns null without a tokenizer or without texts.</summary>
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

    /// <summary>Returns the smallest length that at least this fraction of the texts do not exceed.</summary>
    private static int AtShare(int[] sorted, double share) => sorted[Math.Max(0, (int)Math.Ceiling(sorted.Length * share) - 1)];
}
