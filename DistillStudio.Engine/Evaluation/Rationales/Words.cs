using System.Text.RegularExpressions;

namespace DistillStudio.Engine.Evaluation.Rationales;

/// <summary>Splits texts into words for comparing them.</summary>
public static partial class Words
{
    /// <summary>Maximum words of a text that are compared: more than any model writes, although a file may hold anything.</summary>
    private const int Most = 2_000;

    /// <summary>
    /// Returns the words in lower case: runs of letters and digits, as in the <c>rouge_score</c> package, but of every script. At most
    /// 2,000.
    /// </summary>
    public static IReadOnlyList<string> Of(string text) =>
        [.. Word().Matches(text).Take(Most).Select(word => word.Value.ToLowerInvariant())];

    /// <summary>Returns the number of words in the usual sense: texts between white space.</summary>
    public static int Count(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;

    [GeneratedRegex(@"[\p{L}\p{N}]+")]
    private static partial Regex Word();
}
