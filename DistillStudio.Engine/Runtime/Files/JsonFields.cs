using System.Text.Json;

namespace DistillStudio.Engine.Runtime.Files;

/// <summary>
/// Reads and checks the fields of one JSON object, and reports all errors at once. A wrong field yields an allowed value until then.
/// </summary>
internal sealed class JsonFields
{
    private readonly JsonElement _root;
    private readonly string _path;
    private readonly List<string> _problems = [];

    /// <exception cref="InputException">The root is not an object.</exception>
    internal JsonFields(JsonElement root, string path)
    {
        _root = root.ValueKind == JsonValueKind.Object
            ? root
            : throw new InputException($"{path}: holds {Kind(root)} instead of an object of settings; restore the file.");
        _path = path;
    }

    /// <summary>Reads a required integer.</summary>
    internal int Needed(string name, int lowest, int highest)
    {
        if (Find(name) is null)
        {
            _problems.Add($"{_path}: {name} is missing; add it as the model was built, or download the file again.");
            return highest;
        }

        return Number(name, highest, lowest, highest);
    }

    /// <summary>Reads an integer; returns <paramref name="missing"/> if the field is absent.</summary>
    internal int Number(string name, int missing, int lowest, int highest)
    {
        if (Find(name) is not { } value)
        {
            return missing;
        }

        if (LenientJson.TryReadWhole(value, out long number) && number >= lowest && number <= highest)
        {
            return (int)number;
        }

        Reject(name, value, $"a whole number from {lowest} to {highest}");
        return missing;
    }

    /// <summary>Reads a number; returns <paramref name="missing"/> if the field is absent.</summary>
    internal double Number(string name, double missing, Func<double, bool> isAllowed, string expected)
    {
        if (Find(name) is not { } value)
        {
            return missing;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && isAllowed(number))
        {
            return number;
        }

        Reject(name, value, $"a number {expected}");
        return missing;
    }

    internal string Text(string name, string missing, Func<string, bool> isAllowed, string expected)
    {
        if (Find(name) is not { } value)
        {
            return missing;
        }

        if (TextOf(value) is { } text && isAllowed(text))
        {
            return text;
        }

        Reject(name, value, expected);
        return missing;
    }

    /// <summary>Reads an informational string; returns null if there is none.</summary>
    internal string? Note(string name) => Find(name) is { } value ? TextOf(value) : null;

    internal bool Has(string name) => Find(name) is not null;

    /// <summary>Returns a field's raw JSON, truncated if long.</summary>
    internal string Raw(string name) => Find(name) is { } value ? Shorten(LenientJson.RawText(value)) : "";

    /// <summary>Adds an error found by the caller.</summary>
    /// <param name="message">Message that follows the file's name.</param>
    internal void Reject(string message) => _problems.Add($"{_path}: {message}");

    internal bool Flag(string name, bool missing)
    {
        if (Find(name) is not { } value)
        {
            return missing;
        }

        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return value.GetBoolean();
        }

        Reject(name, value, "true or false");
        return missing;
    }

    /// <exception cref="InputException">A field was missing or wrong.</exception>
    internal void ThrowIfWrong()
    {
        if (_problems.Count > 0)
        {
            throw new InputException(_problems);
        }
    }

    /// <summary>Returns null for a field that is absent or null.</summary>
    private JsonElement? Find(string name) =>
        _root.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>Returns null if the value is not a string or contains half of a surrogate pair.</summary>
    private static string? TextOf(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private void Reject(string name, JsonElement value, string expected) =>
        _problems.Add($"{_path}: {name} is {Shorten(LenientJson.RawText(value))} but must be {expected}; correct the field.");

    private static string Shorten(string text) => (text.Length <= 40 ? text : text[..40] + "…").ReplaceLineEndings(" ");

    private static string Kind(JsonElement element) => element.ValueKind.ToString().ToLowerInvariant();
}
