using System.Text.RegularExpressions;
using DistillStudio.Engine.Data;

namespace DistillStudio.Engine.Import;

/// <summary>The names of a dataset's files in the original's archive and in a data folder, other teachers' among them.</summary>
internal static partial class OriginalFiles
{
    /// <summary>
    /// Returns the path in a data folder of a file of the dataset; null for any other file. Built from the parts of the name, so that it
    /// cannot lead out of the data folder.
    /// </summary>
    /// <param name="path">Path in the archive, with slashes.</param>
    public static string? Target(string path, string dataset)
    {
        if (path.Contains("__MACOSX/", StringComparison.Ordinal) || Known().Match(path) is not { Success: true } match)
        {
            return null;
        }

        string file = match.Groups["file"].Value;
        string other = match.Groups["other"].Value;
        return Is("rows", dataset) && file.StartsWith($"{dataset}_", StringComparison.Ordinal) ? $"{dataset}/{file}"
            : Is("teacher", dataset) && (other.Length == 0 || DatasetLayout.IsTeacherName(other[1..]))
                ? $"{dataset}/{DatasetLayout.PalmFolder}{other}/{file}"
            : Is("gpt", dataset) ? $"{DatasetLayout.GptFolder}/{dataset}/{file}"
            : null;

        bool Is(string group, string name) => match.Groups[group] is { Success: true } found && found.Value == name;
    }

    [GeneratedRegex(
        "(?:^|/)(?:(?<rows>[a-z0-9]+)/(?<file>[a-z0-9]+_(?:train|valid|test)\\.(?:json|jsonl|ndjson))"
        + "|gpt-neox/(?<gpt>[a-z0-9]+)/(?<file>(?:train|valid|test)\\.(?:json|jsonl|ndjson))"
        + "|(?<teacher>[a-z0-9]+)/llm(?<other>-[A-Za-z0-9._-]{1,64})?/"
        + "(?<file>(?:train|valid|test)_(?:CoT_[0-9]{1,4}|rejected|unasked|unanswered)\\.(?:json|jsonl|ndjson)))$")]
    private static partial Regex Known();
}
