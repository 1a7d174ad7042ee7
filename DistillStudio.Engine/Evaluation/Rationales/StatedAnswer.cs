using System.Text.RegularExpressions;
using DistillStudio.Engine.Data;

namespace DistillStudio.Engine.Evaluation.Rationales;

/// <summary>
/// Reads the answer that a rationale states, so that it can be compared with the label predicted for the same row. A rationale need not
/// state one; the rules find only explicit statements and infer nothing.
/// </summary>
public static partial class StatedAnswer
{
    /// <summary>Maximum characters of an expression: more than any rationale has.</summary>
    private const int LongestExpression = 500;

    private const string ChoicesMark = "Answer Choices:";

    /// <summary>Returns the stated answer, or null if there is none or it is ambiguous.</summary>
    /// <param name="task">Kind of the task.</param>
    /// <param name="input">The row's input, which lists the choices of a multiple-choice question.</param>
    /// <param name="rationale">The rationale, with or without a closing "the answer is …".</param>
    /// <returns>
    /// For a choice: the choice named after "the answer is", or first after "choices, only", or the only one named at all. For an equation:
    /// the text after "the answer is", or the last arithmetic expression. For inference: the class named last.
    /// </returns>
    public static string? Of(TaskKind task, string input, string rationale)
    {
        int marker = rationale.LastIndexOf("answer is", StringComparison.OrdinalIgnoreCase);
        string? stated = marker < 0 ? null : rationale[(marker + "answer is".Length)..].Split('\n')[0];
        return task switch
        {
            TaskKind.MultipleChoice => Choice(input, stated, rationale),
            TaskKind.Equation => (stated is null ? null : Equation(stated) ?? Number(stated)) ?? Equation(rationale),
            _ => (stated is null ? null : Class(stated)) ?? Class(rationale),
        };
    }

    /// <summary>Returns whether the stated answer equals a label, by the rules of the task; null if none is stated.</summary>
    /// <param name="label">The predicted label.</param>
    public static bool? Equals(TaskKind task, string input, string rationale, string label) => Of(task, input, rationale) switch
    {
        null => null,
        { } answer when task == TaskKind.MultipleChoice => answer.Equals(label.Trim(), StringComparison.OrdinalIgnoreCase),
        { } answer => AnswerJudge.IsCorrect(task, answer, label.Trim()),
    };

    private static string? Choice(string input, string? stated, string rationale)
    {
        int at = input.LastIndexOf(ChoicesMark, StringComparison.Ordinal);
        if (at < 0)
        {
            return null;
        }

        string[] choices = [.. ChoiceLine().Matches(input[at..]).Select(line => line.Groups[1].Value.Trim())];
        Match only = OnlyMark().Match(rationale);
        return (stated is null ? null : Named(choices, stated).FirstOrDefault())
            ?? (only.Success ? Named(choices, rationale[(only.Index + only.Length)..]).FirstOrDefault() : null)
            ?? (Named(choices, rationale).Distinct().ToArray() is [var single] ? single : null);
    }

    /// <summary>Returns the choices named in a text, as whole words or their plural, in the order of the text; the longest of
    /// several that begin together.</summary>
    private static IEnumerable<string> Named(string[] choices, string text)
    {
        int end = 0;
        IEnumerable<(string Choice, int Index, int Length)> found = choices.Where(choice => choice.Length > 0)
            .SelectMany(choice => Regex.Matches(text, $@"(?<!\w){Regex.Escape(choice)}s?(?!\w)", RegexOptions.IgnoreCase)
                .Select(match => (choice, match.Index, match.Length)))
            .OrderBy(match => match.Index)
            .ThenByDescending(match => match.Length);
        foreach ((string choice, int index, int length) in found)
        {
            if (index >= end)
            {
                end = index + length;
                yield return choice;
            }
        }
    }

    /// <summary>Returns the last expression with an operator that has a value.</summary>
    private static string? Equation(string text) =>
        Expression().Matches(ThousandsMark().Replace(text, "").Replace("$", "", StringComparison.Ordinal))
            .Where(match => match.Length <= LongestExpression)
            .Select(match => Balanced(match.Value))
            .LastOrDefault(expression => HasOperator().IsMatch(expression) && EquationEvaluator.Evaluate(expression) is not null);

    private static string? Number(string text) =>
        NumberWord().Match(ThousandsMark().Replace(text, "")) is { Success: true } number ? number.Value : null;

    /// <summary>Removes brackets and operators at the ends that belong to the sentence, not to the expression.</summary>
    private static string Balanced(string expression)
    {
        expression = expression.Trim(' ', '.', '+', '*', '/');
        for (int surplus = expression.Count(c => c == '(') - expression.Count(c => c == ')'); surplus != 0; surplus += surplus > 0 ? -1 : 1)
        {
            int at = surplus > 0 ? expression.IndexOf('(', StringComparison.Ordinal) : expression.LastIndexOf(')');
            expression = expression.Remove(at, 1);
        }

        return expression.Trim(' ', '.', '+', '*', '/');
    }

    private static string? Class(string text) => ClassWord().Matches(text).LastOrDefault()?.Value.ToLowerInvariant() switch
    {
        "entail" => "entailment",
        "contradict" => "contradiction",
        { } neutral => neutral,
        null => null,
    };

    [GeneratedRegex(@"^\(.\) (.*)$", RegexOptions.Multiline)]
    private static partial Regex ChoiceLine();

    [GeneratedRegex(@"choices,? only\b", RegexOptions.IgnoreCase)]
    private static partial Regex OnlyMark();

    [GeneratedRegex(@"(?<=\d),(?=\d{3}(?!\d))")]
    private static partial Regex ThousandsMark();

    [GeneratedRegex(@"[-(\d][-+*/().\d ]*[\d)]")]
    private static partial Regex Expression();

    [GeneratedRegex(@"[\d)] *[-+*/] *[-(\d]")]
    private static partial Regex HasOperator();

    [GeneratedRegex(@"-?\d+(?:\.\d+)?")]
    private static partial Regex NumberWord();

    [GeneratedRegex(@"\b(?:entail|contradict|neutral)", RegexOptions.IgnoreCase)]
    private static partial Regex ClassWord();
}
