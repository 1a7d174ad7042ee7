using System.Text.RegularExpressions;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Evaluation;

namespace DistillStudio.Engine.Teachers;

/// <summary>
/// Writes completions in the form that <see cref="CompletionParser"/> reads, for each row format; the inverse of the parser.
/// </summary>
public static partial class CompletionForm
{
    /// <summary>The markers at which the parser cuts or splits, and harmless replacements for a rationale that contains them.</summary>
    private static readonly (string Mark, string Instead)[] Marks =
    [
        ("Q:", "Q -"),
        ("So the answer is", "so the answer is"),
        ("The answer is", "the answer is"),
        ("Answer:", "Answer -"),
        ("Premise:", "Premise -"),
    ];

    /// <summary>Instructs a teacher how to end its answer.</summary>
    public static string Describe(RowFormat format) => format switch
    {
        RowFormat.Choices => "End with one sentence of exactly this form, naming one of the choices: So the answer is (x) its text.",
        RowFormat.Equation or RowFormat.WordProblem =>
            "End with one sentence of exactly this form, an equation in round brackets that is not worked out: "
                + "The answer is ( 12.0 / 4.0 ).",
        RowFormat.InferenceAnswerLine =>
            "End with a line of exactly this form, with one of the three words and nothing after it: Answer: entailment, Answer: "
                + "neutral or Answer: contradiction",
        RowFormat.InferenceSentence =>
            "End with one sentence of exactly this form, with one of the three words: So the answer is entailment. (or neutral, "
                + "or contradiction)",
        _ => "End with one sentence of exactly this form: So the answer is X.",
    };

    /// <summary>Returns a completion that parses to this rationale and label.</summary>
    /// <param name="format">Format of the dataset's rows.</param>
    /// <param name="row">The row, whose choices give the letter of a label.</param>
    /// <param name="answer">A blank rationale leaves only the label; markers within the rationale are replaced.</param>
    public static string Write(RowFormat format, Row row, TeacherAnswer answer)
    {
        string rationale = answer.Rationale.Trim();
        string label = answer.Label.Trim();
        foreach ((string mark, string instead) in Marks)
        {
            rationale = rationale.Replace(mark, instead, StringComparison.Ordinal);
        }

        string ending = format switch
        {
            RowFormat.Choices => $"So the answer is ({LetterOf(row, label)}) {label}.",
            RowFormat.Equation or RowFormat.WordProblem =>
                $"The answer is {(label.StartsWith('(') && label.EndsWith(')') ? label : $"({label})")}.",
            RowFormat.InferenceAnswerLine => $"Answer: {label}",
            _ => $"So the answer is {label}.",
        };
        return rationale.Length == 0 ? ending : $"{rationale}{(format == RowFormat.InferenceAnswerLine ? '\n' : ' ')}{ending}";
    }

    /// <summary>
    /// Returns true if the label is one that the row can have: one of its choices, one of the three words, arithmetic that can be
    /// evaluated, or any text, depending on the task.
    /// </summary>
    public static bool IsPossible(RowFormat format, Row row, string label) => format switch
    {
        _ when string.IsNullOrWhiteSpace(label) => false,
        RowFormat.Choices => Choices(row) is var choices && (choices.Count == 0 || choices.Values.Contains(label)),
        RowFormat.Equation or RowFormat.WordProblem => EquationEvaluator.Evaluate(label) is not null,
        RowFormat.InferenceAnswerLine or RowFormat.InferenceSentence => RowParser.InferenceLabels.Contains(label),
        _ => true,
    };

    /// <summary>Returns the row's choices by letter; empty if its input lists none.</summary>
    internal static IReadOnlyDictionary<char, string> Choices(Row row)
    {
        int at = row.Input.LastIndexOf(RowParser.ChoicesHeading, StringComparison.Ordinal);
        var choices = new SortedDictionary<char, string>();
        foreach (Match match in ChoiceLine().Matches(at < 0 ? "" : row.Input[(at + RowParser.ChoicesHeading.Length)..]))
        {
            choices.TryAdd(match.Groups[1].Value[0], match.Groups[2].Value.Trim());
        }

        return choices;
    }

    private static char LetterOf(Row row, string label) =>
        Choices(row).FirstOrDefault(choice => choice.Value == label, new('a', label)).Key;

    [GeneratedRegex(@"^\((.)\) ?(.*)$", RegexOptions.Multiline)]
    private static partial Regex ChoiceLine();
}
