using System.Text;
using DistillStudio.Engine.Data;

namespace DistillStudio.Engine.Teachers.Prompts;

/// <summary>What is sent to a teacher for one row.</summary>
/// <param name="Instructions">The system message of a chat; empty for none.</param>
/// <param name="Examples">Worked examples: question and answer.</param>
/// <param name="Row">The new row.</param>
public sealed record Prompt(string Instructions, IReadOnlyList<(string Asked, string Answered)> Examples, string Row)
{
    /// <summary>Returns the prompt as one text, as a plain completion endpoint takes it.</summary>
    public string AsText()
    {
        var text = new StringBuilder();
        if (Instructions.Length > 0)
        {
            text.Append(Instructions).Append("\n\n");
        }

        foreach ((string asked, string answered) in Examples)
        {
            text.Append(asked).Append(' ').Append(answered).Append("\n\n");
        }

        return text.Append(Row).ToString();
    }

    /// <summary>Fills a template for one row.</summary>
    /// <param name="template">The template.</param>
    /// <param name="format">Determines how a completion ends.</param>
    /// <param name="row">The row to ask about.</param>
    /// <param name="draft">The rationale to shorten; null unless the template shortens.</param>
    public static Prompt Of(PromptTemplate template, RowFormat format, Row row, string? draft = null) => new(
        template.Instructions.Replace("{form}", CompletionForm.Describe(format), StringComparison.Ordinal).Trim(),
        [.. template.Examples.Select(e => (Fill(template.RowForm, new Row(e.Input, e.Label), e.Draft), Answer(template, format, e)))],
        Fill(template.RowForm, row, draft));

    private static string Answer(PromptTemplate template, RowFormat format, PromptExample example) =>
        template.Purpose == PromptPurpose.Answer
            ? CompletionForm.Write(format, new Row(example.Input, example.Label), new(example.Rationale, example.Label))
            : example.Rationale;

    /// <summary>Fills all fields in one pass, so that braces within a row are left unchanged.</summary>
    private static string Fill(string form, Row row, string? draft)
    {
        (string question, string choices) = Cut(row.Input, RowParser.ChoicesHeading);
        (string premise, string hypothesis) = Cut(row.Input, RowParser.Joint);
        return PromptTemplate.Field().Replace(form, match => match.Groups[1].Value switch
        {
            "input" => row.Input.Replace(RowParser.Joint, "\n", StringComparison.Ordinal),
            "question" => question,
            "choices" => choices,
            "premise" => premise,
            "hypothesis" => hypothesis,
            "label" => row.Label,
            "rationale" => draft ?? "",
            _ => match.Value,
        });
    }

    private static (string Before, string After) Cut(string text, string mark)
    {
        int at = text.IndexOf(mark, StringComparison.Ordinal);
        return at < 0 ? (text, "") : (text[..at], text[(at + mark.Length)..]);
    }
}
