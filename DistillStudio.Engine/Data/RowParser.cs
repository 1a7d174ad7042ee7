using System.Globalization;
using System.Text.Json;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Data;

/// <summary>Parses one row of a dataset file, formatting inputs and labels as the method requires.</summary>
internal static class RowParser
{
    /// <summary>Joins premise and hypothesis: the tokenizer's end-of-sequence token, without spaces.</summary>
    internal const string Joint = "</s>";

    /// <summary>Separates a question from its choices.</summary>
    internal const string ChoicesHeading = "\nAnswer Choices:\n";

    private const int ChoiceCount = 5;

    internal static IReadOnlyList<string> InferenceLabels { get; } = ["entailment", "neutral", "contradiction"];

    /// <exception cref="InputException">A field is missing, has another type or is out of range.</exception>
    public static Row Parse(RowFormat format, JsonElement line, RowPlace place)
    {
        if (line.ValueKind != JsonValueKind.Object)
        {
            throw place.Refuse("is not a JSON object", "give one row in braces");
        }

        return format switch
        {
            RowFormat.Choices => new Row(WithChoices(line, place), Label(line, "answer", place)),
            RowFormat.Equation or RowFormat.Text => new Row(Text(line, "input", place), Label(line, "label", place)),
            RowFormat.WordProblem => new Row(
                $"{Text(line, "Body", place)}\n{Text(line, "Question", place)}", FirstWord(Label(line, "Answer", place))),
            _ => new Row($"{Text(line, "premise", place)}{Joint}{Text(line, "hypothesis", place)}", InferenceLabel(line, place)),
        };
    }

    private static string WithChoices(JsonElement line, RowPlace place)
    {
        JsonElement choices = Field(line, "choices", place);
        if (choices.ValueKind != JsonValueKind.Array || choices.GetArrayLength() != ChoiceCount)
        {
            throw place.Refuse("field choices is not an array of five", "give the five answer choices as strings");
        }

        string[] c = [.. choices.EnumerateArray().Select(choice => Text(choice, "choices", place, "an array of five strings"))];
        return $"{Text(line, "question", place)}{ChoicesHeading}(a) {c[0]}\n(b) {c[1]}\n(c) {c[2]}\n(d) {c[3]}\n(e) {c[4]}";
    }

    /// <summary>Reads the class from its number, <c>1</c>, <c>1.0</c> or <c>"1"</c>, or from its name or initial in any case.</summary>
    private static string InferenceLabel(JsonElement line, RowPlace place)
    {
        JsonElement label = Field(line, "label", place);
        if (label.ValueKind is not (JsonValueKind.Number or JsonValueKind.String))
        {
            throw place.Refuse($"field label is {Kind(label)}", "give a number: 0 for entailment, 1 for neutral, 2 for contradiction");
        }

        string text = (
            label.ValueKind == JsonValueKind.Number ? LenientJson.RawText(label) : Text(label, "label", place, "a string")).Trim();
        return FindInferenceLabel(text)
            ?? throw place.Refuse(
                $"label {Shorten(text)} is unknown", "use 0 for entailment, 1 for neutral, 2 for contradiction, or remove the row");
    }

    /// <summary>Returns the class that a text names; null if it names none.</summary>
    internal static string? FindInferenceLabel(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
        ? InferenceLabels.Where((_, index) => index == number).FirstOrDefault()
        : InferenceLabels.FirstOrDefault(
            each => text.Equals(each, StringComparison.OrdinalIgnoreCase) || text.Equals(each[..1], StringComparison.OrdinalIgnoreCase));

    private static string Label(JsonElement line, string field, RowPlace place)
    {
        string label = Text(line, field, place);
        return string.IsNullOrWhiteSpace(label)
            ? throw place.Refuse($"field {field} is blank", "give the right answer or remove the row")
            : label;
    }

    private static string Text(JsonElement line, string field, RowPlace place) => Text(Field(line, field, place), field, place, "a string");

    private static string Text(JsonElement value, string field, RowPlace place, string expected)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            throw place.Refuse($"field {field} holds {Kind(value)}", $"give {expected}");
        }

        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw place.Refuse($"field {field} has half of a \\u surrogate pair", "write the whole character");
        }
    }

    private static JsonElement Field(JsonElement line, string field, RowPlace place) =>
        line.TryGetProperty(field, out JsonElement value) ? value : throw place.Refuse($"field {field} is missing", "add it");

    private static string FirstWord(string answer)
    {
        answer = answer.TrimStart();
        int end = answer.IndexOf(' ', StringComparison.Ordinal);
        return end < 0 ? answer : answer[..end];
    }

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => "an array",
        JsonValueKind.Object => "an object",
        JsonValueKind.Number => "a number",
        JsonValueKind.String => "a string",
        JsonValueKind.Null => "null",
        _ => "true or false",
    };

    private static string Shorten(string text) => text.Length <= 20 ? text : text[..20] + "…";
}
