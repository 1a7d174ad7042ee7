using System.Globalization;
using System.Text.RegularExpressions;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Evaluation;

namespace DistillStudio.Engine.Import;

/// <summary>Proposes how columns become rows, from their names, types and values.</summary>
public static partial class MappingProposal
{
    /// <summary>More distinct labels than any set of classes: numbers are then answers to problems.</summary>
    private const int MostClasses = 12;

    private static readonly string[] InputNames =
        ["question", "input", "text", "problem", "prompt", "sentence", "query", "instruction", "body", "source", "sentence1", "premise"];
    private static readonly string[] ContextNames = [
        "context", "passage", "body", "article", "background", "paragraph", "story", "scenario", "situation", "document", "dialogue",
        "conversation", "facts",
    ];
    private static readonly string[] LabelNames = [
        "label", "answer", "gold_label", "gold", "target", "answerkey", "answer_key", "correct_answer", "correct", "output", "equation",
        "class", "category", "response", "result",
    ];
    private static readonly string[] RationaleNames = [
        "rationale", "explanation", "reason", "reasoning", "chain_of_thought", "cot", "abstractive_explanation", "explanation_1",
        "solution", "steps",
    ];
    private static readonly string[] SplitNames = ["split", "set", "subset", "partition", "fold"];
    private static readonly (string Premise, string Hypothesis)[] Pairs =
        [("premise", "hypothesis"), ("sentence1", "sentence2"), ("text_a", "text_b")];

    /// <param name="rows">Some rows, at least one.</param>
    public static ColumnMapping Propose(IReadOnlyList<SourceRow> rows)
    {
        string[] columns = [.. rows.SelectMany(row => row.Cells.Keys).Distinct()];
        string? choices = ChoicesOf(columns, rows);
        string? rationale = Named(columns, RationaleNames);
        string? teacherLabel = columns.FirstOrDefault(column => TeacherLabelName().IsMatch(column));
        string? teacherRationale = columns.FirstOrDefault(column => TeacherRationaleName().IsMatch(column));
        string[] taken = [.. new[] { choices, rationale, teacherLabel, teacherRationale, SplitColumn(rows) }.OfType<string>()];
        string[] free = [.. columns.Except(taken)];
        string label = LabelOf(free, choices, rows) ?? (free.Length > 1 ? LastVaried(free, rows) : rationale ?? columns[^1]);
        (string Premise, string Hypothesis)? pair = PairOf(columns);
        TaskKind task = TaskOf(rows, label, choices, pair);
        string input = task == TaskKind.Inference && pair is var (premise, hypothesis)
            ? $"{Braced(premise)}{RowParser.Joint}{Braced(hypothesis)}"
            : InputOf([.. columns.Except(taken).Where(column => column != label)], rows) ?? Braced(columns[0]);
        return new(task, input, label, task == TaskKind.MultipleChoice ? choices : null)
        {
            ChoiceLabels = task == TaskKind.MultipleChoice ? LabelsOf(rows, label, choices!) : ChoiceLabels.Text,
            Rationale = rationale == label ? null : rationale,
            Teacher = (teacherLabel ?? teacherRationale) is null ? null : "teacher",
            TeacherLabel = teacherLabel,
            TeacherRationale = teacherRationale,
        };
    }

    /// <summary>Returns the column whose values name splits; null if there is none.</summary>
    public static string? SplitColumn(IReadOnlyList<SourceRow> rows) =>
        Named([.. rows[0].Cells.Keys], SplitNames) is { } column && rows.All(row =>
            SplitName.Parse(row.Cells.GetValueOrDefault(column).ToString()) is not null) ? column : null;

    /// <summary>Returns how labels name choices in these rows.</summary>
    public static ChoiceLabels LabelsOf(IReadOnlyList<SourceRow> rows, string label, string choices)
    {
        string[] columns = RowMapper.ChoiceColumns(choices);
        return ChoiceList.FormOf(
            [.. rows.Select(row => (ChoiceList.Of(row, columns), row.Cells.GetValueOrDefault(label).ToString().Trim()))]);
    }

    private static string? ChoicesOf(string[] columns, IReadOnlyList<SourceRow> rows) => columns
        .Where(column => rows.All(row => ChoiceList.Of(row, [column]).Count >= 2))
        .OrderByDescending(column => ChoiceName().IsMatch(column))
        .ThenBy(column => column.EndsWith(".label", StringComparison.OrdinalIgnoreCase))
        .FirstOrDefault();

    private static string? LabelOf(string[] columns, string? choices, IReadOnlyList<SourceRow> rows)
    {
        bool IsAmongChoices(string column) =>
            choices is not null && !column.StartsWith(choices.Split('.')[0] + ".", StringComparison.Ordinal)
            && rows.All(row => ChoiceList.Of(row, [choices]).Contains(row.Cells.GetValueOrDefault(column).ToString().Trim()));
        return columns.FirstOrDefault(IsAmongChoices) ?? Named(columns, LabelNames);
    }

    /// <summary>Returns the last column that may hold answers: not the named input, not the same text everywhere, not the rows'
    /// numbers.</summary>
    private static string LastVaried(string[] columns, IReadOnlyList<SourceRow> rows)
    {
        string? input = Named(columns, InputNames);
        return columns.LastOrDefault(column =>
        {
            string[] values = [.. rows.Select(row => row.Cells.GetValueOrDefault(column).ToString().Trim())];
            return column != input && (values.Length == 1 || (values.Distinct().Count() > 1 && !IsCount(values)));
        }) ?? columns[^1];
    }

    private static bool IsCount(string[] values) =>
        long.TryParse(values[0], CultureInfo.InvariantCulture, out long first)
            && values.Index().All(value => value.Item == (first + value.Index).ToString(CultureInfo.InvariantCulture));

    private static (string Premise, string Hypothesis)? PairOf(string[] columns)
    {
        foreach ((string premise, string hypothesis) in Pairs)
        {
            if (Named(columns, [premise]) is { } first && Named(columns, [hypothesis]) is { } second)
            {
                return (first, second);
            }
        }

        return null;
    }

    private static TaskKind TaskOf(IReadOnlyList<SourceRow> rows, string label, string? choices, (string Premise, string Hypothesis)? pair)
    {
        string[] labels = [.. rows.Select(row => row.Cells.GetValueOrDefault(label).ToString().Trim()).Where(text => text.Length > 0)];
        int known = labels.Count(text => RowParser.FindInferenceLabel(text) is not null);
        return choices is not null ? TaskKind.MultipleChoice
            : pair is not null && known * 2 > labels.Length ? TaskKind.Inference
            : labels.Length > 0 && labels.Count(IsArithmetic) > labels.Length * 0.9
                && (labels.Any(HasOperator) || labels.Distinct().Count() > MostClasses) ? TaskKind.Equation
            : TaskKind.Text;
    }

    private static string? InputOf(string[] columns, IReadOnlyList<SourceRow> rows)
    {
        string[] texts =
            [.. columns.Where(column => rows.Any(row => row.Cells.GetValueOrDefault(column) is { Items: null, IsBlank: false }))];
        string? named = Named(texts, InputNames);
        if (named is null)
        {
            string? longest = texts.MaxBy(column => rows.Sum(row => (long)row.Cells.GetValueOrDefault(column).ToString().Length));
            return longest is null ? null : Braced(longest);
        }

        string? context = Named([.. texts.Where(column => column != named)], ContextNames);
        return context is null ? Braced(named) : $"{Braced(context)}\\n{Braced(named)}";
    }

    private static bool IsArithmetic(string text) => EquationEvaluator.Evaluate(text) is { } value && double.IsFinite(value);

    private static bool HasOperator(string text) => text.TrimStart('-').IndexOfAny(['+', '-', '*', '/']) >= 0;

    /// <summary>Returns the column with the first of these names, in any case and with any separator.</summary>
    private static string? Named(IReadOnlyCollection<string> columns, string[] names) =>
        names.Select(name => columns.FirstOrDefault(column => Plain(column) == Plain(name))).FirstOrDefault(column => column is not null);

    private static string Plain(string name) => string.Concat(name.Where(char.IsLetterOrDigit)).ToLowerInvariant();

    private static string Braced(string column) => $"{{{column}}}";

    [GeneratedRegex("choice|option|candidate|answers|ending", RegexOptions.IgnoreCase)]
    private static partial Regex ChoiceName();

    [GeneratedRegex("^(teacher|llm|palm|gpt|model)[ _.-]?(label|answer|prediction)$", RegexOptions.IgnoreCase)]
    private static partial Regex TeacherLabelName();

    [GeneratedRegex("^(teacher|llm|palm|gpt|model)[ _.-]?(rationale|explanation|reasoning|cot)$", RegexOptions.IgnoreCase)]
    private static partial Regex TeacherRationaleName();
}
