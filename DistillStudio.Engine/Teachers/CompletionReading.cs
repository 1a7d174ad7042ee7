using System.Text.RegularExpressions;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Teachers.Prompts;

namespace DistillStudio.Engine.Teachers;

/// <summary>A teacher's completion as parsed.</summary>
/// <param name="Answer">Rationale and label; both blank if the completion could not be read.</param>
/// <param name="Text">The completion in a form that the original's parser reads the same way; empty if it could not be read.</param>
public sealed partial record CompletionReading(TeacherAnswer Answer, string Text)
{
    private static readonly CompletionReading None = new(new("", ""), "");

    /// <summary>False if there is no label that the row can have.</summary>
    public bool IsReadable => Text.Length > 0;

    /// <summary>
    /// Parses a completion. If it is not in the requested form but its label is unambiguous (a letter without the choice's text, a missing
    /// full stop, emphasis), it is rewritten in that form. Text that a reasoning model writes between <c>&lt;think&gt;</c> tags is
    /// removed.
    /// </summary>
    /// <param name="purpose">What was requested: with a given label, the completion is only the rationale.</param>
    /// <param name="format">Format of the dataset's rows.</param>
    /// <param name="row">The row that was queried.</param>
    /// <param name="completion">The raw completion.</param>
    /// <param name="given">The label that belongs to the rationale; null if the teacher was asked for it.</param>
    public static CompletionReading Read(PromptPurpose purpose, RowFormat format, Row row, string completion, string? given = null)
    {
        string text = WithoutThinking(completion);
        if (purpose != PromptPurpose.Answer)
        {
            string rationale = Parse(format, text) is { } both && CompletionForm.IsPossible(format, row, both.Label) ? both.Rationale
                : text;
            return string.IsNullOrWhiteSpace(rationale) || string.IsNullOrWhiteSpace(given) ? None
                : Rewritten(format, row, rationale, given);
        }

        TeacherAnswer answer = Parse(format, text);
        if (CompletionForm.IsPossible(format, row, answer.Label))
        {
            // The teacher's text is kept unless the published teacher's stricter rules read it differently.
            return CompletionParser.Parse(format, DatasetLayout.Palm, text) == answer ? new(answer, text)
                : Rewritten(format, row, answer.Rationale, answer.Label);
        }

        Match? ending = Ending().Matches(text).LastOrDefault();
        return ending is not null && LabelIn(format, row, text[(ending.Index + ending.Length)..]) is { } label
            ? Rewritten(format, row, text[..ending.Index], label)
            : None;
    }

    private static TeacherAnswer Parse(RowFormat format, string text) => CompletionParser.Parse(format, "", text);

    private static CompletionReading Rewritten(RowFormat format, Row row, string rationale, string label)
    {
        string written = CompletionForm.Write(format, row, new(Plain(rationale), label));
        TeacherAnswer answer = Parse(format, written);
        return CompletionForm.IsPossible(format, row, answer.Label) ? new(answer, written) : None;
    }

    /// <summary>Returns the label in the text after the phrase that introduces it; null if there is none or it is ambiguous.</summary>
    private static string? LabelIn(RowFormat format, Row row, string rest)
    {
        string line = Plain(rest.TrimStart().Split('\n')[0]);
        switch (format)
        {
            case RowFormat.Choices:
                IReadOnlyDictionary<char, string> choices = CompletionForm.Choices(row);
                return ChoiceLetter().Match(line) is { Success: true } letter
                    && choices.TryGetValue(char.ToLowerInvariant(letter.Groups[1].Value[0]), out string? text) ? text
                    : choices.Values.FirstOrDefault(choice =>
                        choice.Equals(line.TrimEnd('.').Trim('"', '\''), StringComparison.OrdinalIgnoreCase));
            case RowFormat.Equation or RowFormat.WordProblem:
                string equation = line.Split('=')[0].Trim().TrimEnd('.', ' ').TrimStart('$', ' ');
                return EquationEvaluator.Evaluate(equation) is null ? null : equation;
            case RowFormat.InferenceAnswerLine or RowFormat.InferenceSentence:
                string[] named = [.. RowParser.InferenceLabels.Where(label => line.Contains(label, StringComparison.OrdinalIgnoreCase))];
                return named.Length == 1 ? named[0] : null;
            default:
                return line.TrimEnd('.') is { Length: > 0 } words ? words : null;
        }
    }

    private static string WithoutThinking(string text)
    {
        int end = text.LastIndexOf("</think>", StringComparison.Ordinal);
        return (end < 0 ? text : text[(end + "</think>".Length)..]).Trim();
    }

    /// <summary>Removes emphasis that chat models put around an answer.</summary>
    private static string Plain(string text) =>
        text.Replace("**", "", StringComparison.Ordinal).Replace("`", "", StringComparison.Ordinal).Trim(' ', '\t', '\r', '\n', '#', ':');

    [GeneratedRegex(@"(?:(?:[Ss]o|[Tt]herefore|[Tt]hus),? )?\b[Tt]he (?:final )?answer is\b:?|\*{0,2}(?:Final )?[Aa]nswer:\*{0,2}")]
    private static partial Regex Ending();

    [GeneratedRegex(@"^\(?([A-Za-z])(?:\)|\.|:|$)")]
    private static partial Regex ChoiceLetter();
}
