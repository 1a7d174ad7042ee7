using System.Text.Json;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Data;

/// <summary>
/// Reads a teacher's answer for a row of an imported dataset: an object with <c>rationale</c> and <c>label</c>, or a raw completion that
/// gives the reasoning first and then the answer.
/// </summary>
internal static class ImportedAnswer
{
    private static readonly string[] Marks = ["So the answer is", "The answer is", "Answer:"];

    public static TeacherAnswer Read(RowFormat format, string teacher, JsonElement value, RowPlace place) => value.ValueKind switch
    {
        JsonValueKind.Object => new(Text(value, "rationale", place), Text(value, "label", place)),
        JsonValueKind.String => CompletionParser.Parse(format, teacher, value.GetString()!),
        _ => throw place.Refuse("is not a teacher's answer", "give a completion as a string, or an object with rationale and label"),
    };

    /// <summary>
    /// Parses an imported completion by the original's rules for the task; if they find no label, splits it at the last phrase that
    /// introduces one. Without such a phrase there is no label, and the whole text is the rationale.
    /// </summary>
    public static TeacherAnswer OfCompletion(TaskKind task, string teacher, string completion)
    {
        IEnumerable<TeacherAnswer> strict = FormsOf(task).Select(format => CompletionParser.Parse(format, teacher, completion));
        return strict.FirstOrDefault(
            answer => task == TaskKind.Inference ? RowParser.InferenceLabels.Contains(answer.Label) : !answer.IsLabelBlank)
            ?? Split(task, completion);
    }

    private static RowFormat[] FormsOf(TaskKind task) => task switch
    {
        TaskKind.MultipleChoice => [RowFormat.Choices],
        TaskKind.Equation => [RowFormat.Equation],
        TaskKind.Inference => [RowFormat.InferenceSentence, RowFormat.InferenceAnswerLine],
        _ => [],
    };

    private static TeacherAnswer Split(TaskKind task, string completion)
    {
        string text = completion.Split("\nQ:", 2)[0].Trim(); // the teacher may have continued with the next example
        (int at, string mark) = Marks.Select(mark => (At: text.LastIndexOf(mark, StringComparison.OrdinalIgnoreCase), mark))
            .MaxBy(found => found.At < 0 ? (-1, 0) : (found.At + found.mark.Length, found.mark.Length));
        if (at < 0)
        {
            return new(text, "");
        }

        string label = text[(at + mark.Length)..].TrimStart(':', ' ', '\n', '\r', '\t').Split('\n', 2)[0].Trim();
        if (task == TaskKind.MultipleChoice && label is ['(', _, ')', ..])
        {
            label = label[3..].Trim();
        }

        label = label.EndsWith('.') ? label[..^1].TrimEnd() : label;
        return new(text[..at].TrimEnd(), task == TaskKind.Inference ? label.ToLowerInvariant() : label);
    }

    private static string Text(JsonElement answer, string field, RowPlace place)
    {
        if (!answer.TryGetProperty(field, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return "";
        }

        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString()! : LenientJson.RawText(value);
        }
        catch (InvalidOperationException)
        {
            throw place.Refuse($"field {field} has half of a \\u surrogate pair", "write the whole character");
        }
    }
}
