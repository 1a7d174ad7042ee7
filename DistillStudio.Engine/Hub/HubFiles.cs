using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Text;

namespace DistillStudio.Engine.Hub;

/// <summary>The files of a published model that are downloaded.</summary>
internal static class HubFiles
{
    public const string Readme = "README.md";
    public const string GenerationConfig = "generation_config.json";

    /// <summary>Files in addition to the config and the weights; any of them may be absent.</summary>
    public static IReadOnlyList<string> Optional { get; } = [.. TokenizerFiles.Names, GenerationConfig, Readme];

    /// <summary>Files of weights in the order in which they are preferred; an index represents the files that it names.</summary>
    public static IReadOnlyList<string> Weights { get; } =
    [
        HuggingFaceExport.WeightsName, HuggingFaceExport.WeightsName + FolderWeights.IndexEnding,
        PyTorchFile.FileName, PyTorchFile.FileName + FolderWeights.IndexEnding,
    ];

    public static bool IsIndex(string file) => file.EndsWith(FolderWeights.IndexEnding, StringComparison.Ordinal);

    /// <summary>Returns the names of a model's files in a folder, without those of other formats; the weights have one format.</summary>
    /// <exception cref="Runtime.InputException">An index is malformed, or the weights have a format that cannot be read.</exception>
    public static IReadOnlyList<string> In(string folder)
    {
        string? weights = FolderWeights.Find(folder)?.Name;
        IEnumerable<string> shards = weights is not null && IsIndex(weights) ? ShardedWeights.FilesIn(Path.Combine(folder, weights)) : [];
        return [.. Optional.Prepend(T5ConfigFile.FileName).Append(HuggingFaceFolder.SettingsName).Append(weights).Concat(shards)
            .OfType<string>().Where(name => File.Exists(Path.Combine(folder, name)))];
    }
}
