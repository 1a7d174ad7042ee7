using System.Text.Json;

namespace DistillStudio.Engine.Runtime.Files;

/// <summary>Puts into a user's words why JSON could not be converted: the parser's own message names types of this program.</summary>
internal static class JsonFailure
{
    private const string Conversion = "The JSON value could not be converted";
    private const string Missing = "missing required properties including: ";

    /// <summary>Returns a part of a sentence, without its full stop.</summary>
    public static string Describe(JsonException e)
    {
        string text = e.Message.Split(" Path: ", 2)[0].TrimEnd('.');
        int missing = text.IndexOf(Missing, StringComparison.Ordinal);
        return missing >= 0 ? $"{text[(missing + Missing.Length)..].Replace("'", "", StringComparison.Ordinal)} is missing"
            : !text.StartsWith(Conversion, StringComparison.Ordinal) ? text.Split(". ", 2)[0].Split(" LineNumber: ", 2)[0].TrimEnd('.')
            : e.Path is ['$', '.', .. var field] ? $"{field} does not hold what belongs there"
            : "it does not hold an object of settings";
    }
}
