using DistillStudio.Engine.Data;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Import;

/// <summary>One finished row of an imported dataset.</summary>
/// <param name="Input">Input without task prefix.</param>
/// <param name="Label">The true label.</param>
/// <param name="Choices">The choices of a multiple-choice row; null for other tasks.</param>
/// <param name="Answers">Answers by teacher.</param>
public sealed record ImportedRow(
    string Input, string Label, IReadOnlyList<string>? Choices, IReadOnlyDictionary<string, TeacherAnswer> Answers);

/// <summary>Converts source rows to finished rows according to a mapping.</summary>
public sealed class RowMapper
{
    private const int LongestText = ByteSize.MB;

    private readonly ColumnMapping _mapping;
    private readonly InputTemplate _template;
    private readonly string[] _choices;

    /// <exception cref="InputException">The mapping contradicts itself; the exception lists every problem.</exception>
    public RowMapper(ColumnMapping mapping)
    {
        _mapping = mapping;
        _template = new InputTemplate(mapping.Input);
        _choices = ChoiceColumns(mapping.Choices);
        string[] problems =
        [
            .. mapping.Task == TaskKind.MultipleChoice && _choices.Length == 0
                ? ["The task choice needs the column of the choices; name it with --choices."]
                : Array.Empty<string>(),
            .. mapping.Task != TaskKind.MultipleChoice && _choices.Length > 0
                ? ["Choices belong to the task choice; use --task choice, or omit --choices."]
                : Array.Empty<string>(),
            .. mapping.Teacher is { } teacher && !DatasetLayout.IsTeacherName(teacher) && teacher != DatasetLayout.Palm
                ? [$"\"{teacher}\" cannot be a teacher's name; use letters, digits, dots, dashes and underscores, at most 64, "
                    + $"starting with a letter or digit."]
                : Array.Empty<string>(),
            .. mapping.Teacher == ColumnMapping.OwnTeacher && mapping.Rationale is not null
                ? [$"The teacher {ColumnMapping.OwnTeacher} is made from --rationale; choose another name for --teacher."]
                : Array.Empty<string>(),
            .. _template.Columns.Contains(mapping.Label)
                ? [$"The input contains {mapping.Label}, the column of the label, so that the student would read the answer; "
                    + $"take it out of the input, or choose another column for the label."]
                : Array.Empty<string>(),
            .. mapping.Rationale == mapping.Label
                ? [$"The column {mapping.Label} is both label and rationale; choose another column for one of them, or no rationale."]
                : Array.Empty<string>(),
            .. mapping.Teacher is null && (mapping.TeacherLabel ?? mapping.TeacherRationale) is not null
                ? ["A teacher's columns need the teacher's name; give it with --teacher."]
                : Array.Empty<string>(),
        ];
        if (problems.Length > 0)
        {
            throw new InputException(problems);
        }
    }

    /// <summary>The columns that a source file must have.</summary>
    public IReadOnlyList<string> Columns =>
        [.. _template.Columns, .. new[] { _mapping.Label, _mapping.Rationale }.Concat(_choices).OfType<string>()];

    /// <summary>Splits the names of the choices' columns.</summary>
    public static string[] ChoiceColumns(string? choices) =>
        choices?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>Returns the finished row; null if the source row cannot be used.</summary>
    /// <param name="teacher">The teacher's row: the source row itself, or that of a teacher file; null if there is none.</param>
    /// <param name="reason">Why the row cannot be used.</param>
    public ImportedRow? Map(SourceRow row, SourceRow? teacher, out string reason)
    {
        reason = "";
        IEnumerable<string> needed = _template.Columns.Concat(_choices).Append(_mapping.Label);
        if (needed.FirstOrDefault(column => !row.Cells.ContainsKey(column)) is { } missing)
        {
            return Refuse(out reason, $"has no {missing}");
        }

        IReadOnlyList<string>? choices = _choices.Length == 0 ? null : ChoiceList.Of(row, _choices);
        if (choices is not null && WhyNotChoices(choices) is { } wrong)
        {
            return Refuse(out reason, wrong);
        }

        string input = InputOf(row, choices);
        string raw = row.Cells[_mapping.Label].ToString().Trim();
        reason = string.IsNullOrWhiteSpace(input)
            ? "the input is blank"
            : WhyNotText(input, "input") ?? WhyNotText(raw, "label") ?? (raw.Length == 0 ? "the label is blank" : "");
        if (reason.Length > 0)
        {
            return null;
        }

        string? label = LabelOf(raw, choices);
        return label is null ? Refuse(out reason, WhyNotLabel(raw)) : new(input, label, choices, AnswersOf(row, teacher, label, choices));
    }

    /// <summary>Returns the label in its training form; null if the task has no such label.</summary>
    public string? LabelOf(string raw, IReadOnlyList<string>? choices) => _mapping.Task switch
    {
        TaskKind.MultipleChoice => ChoiceList.Find(choices!, raw, _mapping.ChoiceLabels),
        TaskKind.Inference => RowParser.FindInferenceLabel(raw),
        TaskKind.Equation => EquationEvaluator.Evaluate(raw) is { } value && double.IsFinite(value) ? raw : null,
        _ => raw,
    };

    private static ImportedRow? Refuse(out string reason, string why)
    {
        reason = why;
        return null;
    }

    private string InputOf(SourceRow row, IReadOnlyList<string>? choices)
    {
        bool isPlaced = _choices.Length == 1 && _template.Columns.Contains(_choices[0]);
        string input = _template.Fill(
            column => isPlaced && column == _choices[0] ? ChoiceList.Write(choices!) : row.Cells[column].ToString());
        return choices is null || isPlaced ? input : $"{input}\n{ChoiceList.Write(choices)}";
    }

    private Dictionary<string, TeacherAnswer> AnswersOf(SourceRow row, SourceRow? teacher, string label, IReadOnlyList<string>? choices)
    {
        var answers = new Dictionary<string, TeacherAnswer>();
        if (_mapping.Rationale is { } own)
        {
            answers[ColumnMapping.OwnTeacher] = new(Clean(row.Cells.GetValueOrDefault(own).ToString()), label);
        }

        if (_mapping.Teacher is { } name)
        {
            answers[name] = AnswerOf(teacher, choices);
        }

        return answers;
    }

    private TeacherAnswer AnswerOf(SourceRow? teacher, IReadOnlyList<string>? choices)
    {
        if (teacher is null)
        {
            return new("", "");
        }

        if (_mapping.TeacherLabel is null && _mapping.TeacherRationale is null)
        {
            return ImportedAnswer.OfCompletion(
                _mapping.Task, _mapping.Teacher!, Clean(teacher.Cells.GetValueOrDefault(JsonTable.TextColumn).ToString()));
        }

        string label = Clean(ValueIn(teacher, _mapping.TeacherLabel)).Trim();
        return new(Clean(ValueIn(teacher, _mapping.TeacherRationale)).Trim(), LabelOf(label, choices) ?? label);
    }

    private static string ValueIn(SourceRow row, string? column) => column is null ? "" : row.Cells.GetValueOrDefault(column).ToString();

    /// <summary>Returns an empty text for an unreadable rationale.</summary>
    private static string Clean(string text) => WhyNotText(text, "") is null ? text : "";

    private static string? WhyNotChoices(IReadOnlyList<string> choices) => choices.Count switch
    {
        < 2 => $"has {choices.Count} choice{(choices.Count == 1 ? "" : "s")}, but at least two are needed",
        > ChoiceList.Most => $"has {choices.Count} choices, but at most {ChoiceList.Most} are allowed",
        _ => choices.Any(string.IsNullOrWhiteSpace)
            ? "has a blank choice"
            : choices.Select(choice => WhyNotText(choice, "choice")).FirstOrDefault(why => why is not null),
    };

    private static string? WhyNotText(string text, string what) =>
        text.Contains('\0', StringComparison.Ordinal) ? $"the {what} holds a NUL character"
        : text.Contains(JsonCells.Mark, StringComparison.Ordinal) ? $"the {what} is not valid Unicode"
        : text.Length > LongestText ? $"the {what} has {text.Length:N0} characters, but at most {LongestText:N0} are allowed"
        : null;

    private string WhyNotLabel(string label)
    {
        string shown = (label.Length <= 40 ? label : label[..40] + "…").ReplaceLineEndings(" ");
        return _mapping.Task switch
        {
            TaskKind.MultipleChoice => $"the label {shown} is not among the choices",
            TaskKind.Inference => $"the label {shown} is not entailment, neutral or contradiction",
            _ => $"the label {shown} cannot be evaluated as arithmetic",
        };
    }
}
