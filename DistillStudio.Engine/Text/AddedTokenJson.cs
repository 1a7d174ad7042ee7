using System.Text.Json;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Text;

/// <summary>Reads the JSON object of an added token: content and flags.</summary>
internal static class AddedTokenJson
{
    /// <exception cref="InputException">The value is not an object, or has no content.</exception>
    public static AddedToken Read(JsonElement value, string path, string field)
    {
        string? content = value.ValueKind == JsonValueKind.Object && value.TryGetProperty("content", out JsonElement text)
            && text.ValueKind == JsonValueKind.String
            ? text.GetString()
            : null;
        return string.IsNullOrEmpty(content)
            ? throw new InputException($"{path}: {field} has a token without content; restore the file.")
            : new(content, Flag(value, "special"), Flag(value, "lstrip"), Flag(value, "rstrip"), Flag(value, "single_word"));
    }

    private static bool Flag(JsonElement value, string name) =>
        value.TryGetProperty(name, out JsonElement flag) && flag.ValueKind == JsonValueKind.True;
}
