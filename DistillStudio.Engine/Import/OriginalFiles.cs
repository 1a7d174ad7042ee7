using System.Text.RegularExpressions;
using DistillStudio.Engine.Data;

namespace DistillStudio.Engine.Import;

/// <summary>The names of a dataset's files in the original's archive and folder.</summary>
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

        string split = match.Groups["split"].Value;
        return Of("rows", name => name == $"{dataset}/{dataset}_") ? $"{dataset}/{dataset}_{split}.json"
            : Of("palm", name =>
                name == $"{dataset}/") ? $"{dataset}/{DatasetLayout.PalmFolder}/{split}_CoT_{match.Groups["chunk"].Value}.json"
            : Of("gpt", name => name == $"{dataset}/") ? $"{DatasetLayout.GptFolder}/{dataset}/{split}.json"
            : null;

        bool Of(string group, Func<string, bool> isMeant) => match.Groups[group] is { Success: true } found && isMeant(found.Value);
    }

    [GeneratedRegex(
        "(?:^|/)(?:(?<rows>[a-z0-9]+/[a-z0-9]+_)(?<split>train|valid|test)"
        + "|gpt-neox/(?<gpt>[a-z0-9]+/)(?<split>train|valid|test)"
        + "|(?<palm>[a-z0-9]+/)llm/(?<split>train|valid|test)_CoT_(?<chunk>[0-9]{1,4}))\\.json$")]
    private static partial Regex Known();
}
