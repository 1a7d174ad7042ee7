using System.Text.RegularExpressions;

namespace DistillStudio.Engine.Data;

/// <summary>
/// Parses a teacher's raw completion into rationale and label by the rules of the original code: truncates it where the teacher begins to
/// generate the next example, then splits it at the answer marker. Blank is one space, as in the original; an unreadable anli1 completion
/// is empty.
/// </summary>
public static partial class CompletionParser
{
    private const string Blank = " ";
    private const string NextQuestion = "Q:";
    private const string SoTheAnswerIs = "So the answer is";
    private const string TheAnswerIs = "The answer is";
    private const string AnswerMark = "Answer:";

    private static readonly TeacherAnswer Unreadable = new(Blank, Blank);
    private static readonly TeacherAnswer Empty = new("", "");

    /// <param name="format">Format of the dataset's rows.</param>
    /// <param name="teacher">palm's completions are parsed unchanged; those of other teachers are trimmed at the start first, and may
    /// contain "The answer is" for anli1.</param>
    /// <param name="completion">The teacher's raw completion.</param>
    public static TeacherAnswer Parse(RowFormat format, string teacher, string completion)
    {
        bool isPalm = teacher == DatasetLayout.Palm;
        string text = isPalm ? completion : completion.TrimStart();
        return format switch
        {
            RowFormat.Choices => ParseChoice(text),
            RowFormat.Equation or RowFormat.WordProblem => ParseEquation(text),
            RowFormat.InferenceAnswerLine => ParseAnswerLine(text),
            _ => ParseSentence(text, isPalm),
        };
    }

    private static TeacherAnswer ParseChoice(string text)
    {
        string example = Before(text, NextQuestion).TrimEnd();
        string rationale = Before(example, SoTheAnswerIs).TrimEnd();
        int answerAt = example.IndexOf(SoTheAnswerIs, StringComparison.Ordinal);
        if (answerAt < 0)
        {
            return new TeacherAnswer(rationale, Blank);
        }

        // The text between the first marker and the next, if the teacher gives several.
        string[] parts = ChoiceMark().Split(example[(answerAt + SoTheAnswerIs.Length)..]);
        string label = parts.Length > 1 ? parts[1].Trim() : "";
        return new TeacherAnswer(rationale, label.Length == 0 ? Blank : label.EndsWith('.') ? label[..^1] : label);
    }

    private static TeacherAnswer ParseEquation(string text)
    {
        string[] parts = Before(text, NextQuestion).TrimEnd().Split(TheAnswerIs);
        if (parts.Length != 2)
        {
            return Unreadable;
        }

        return new TeacherAnswer(parts[0].TrimEnd(), Parenthesised(parts[1]) ?? Blank);
    }

    private static TeacherAnswer ParseAnswerLine(string text)
    {
        string[] parts = text.Split(AnswerMark + " ", 3);
        return new TeacherAnswer(Before(text, AnswerMark).TrimEnd(), parts.Length > 1 ? Before(parts[1], "Premise").TrimEnd() : Blank);
    }

    private static TeacherAnswer ParseSentence(string text, bool isPalm)
    {
        string example = Before(text, "Premise:").TrimEnd();
        string[] parts = example.Split(SoTheAnswerIs);
        if (parts.Length != 2 && !isPalm)
        {
            parts = example.Split(TheAnswerIs);
        }

        if (parts.Length != 2)
        {
            return Empty;
        }

        // The last character is assumed to be the full stop that ends the sentence.
        string label = parts[1].TrimStart();
        int last = label.Length == 0 ? 0 : char.IsLowSurrogate(label[^1]) ? 2 : 1;
        return new TeacherAnswer(parts[0].TrimEnd(), label[..^last]);
    }

    private static string Before(string text, string mark)
    {
        int at = text.IndexOf(mark, StringComparison.Ordinal);
        return at < 0 ? text : text[..at];
    }

    /// <summary>Returns the text from the first opening to the last closing parenthesis of the first line that has both.</summary>
    private static string? Parenthesised(string text)
    {
        foreach (string line in text.Split('\n'))
        {
            int first = line.IndexOf('(', StringComparison.Ordinal);
            int last = line.LastIndexOf(')');
            if (first >= 0 && last > first)
            {
                return line[first..(last + 1)];
            }
        }

        return null;
    }

    [GeneratedRegex(@"\(.\)")]
    private static partial Regex ChoiceMark();
}
