using System.Text.Json;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Checkpoints;

/// <summary>Reads weights that are split over several files, with an index file that maps weights to files.</summary>
public sealed class ShardedWeights : IWeightReader
{
    private const int MaxIndexBytes = 16 << 20;
    private const int MaxShards = 4096;

    private readonly Dictionary<string, IWeightReader> _shards = [];
    private readonly Dictionary<string, IWeightReader> _shardOf = [];
    private readonly Dictionary<string, WeightInfo> _weights = [];

    /// <param name="indexPath">Path such as <c>model.safetensors.index.json</c>; the shards are in the same folder.</param>
    /// <param name="openShard">Opens one shard.</param>
    /// <exception cref="InputException">The index is malformed, or a shard is missing, malformed, or lacks a weight listed in the
    /// index.</exception>
    public ShardedWeights(string indexPath, Func<string, IWeightReader> openShard)
    {
        Path = indexPath;
        try
        {
            foreach ((string name, string file) in ReadIndex(indexPath))
            {
                Add(name, file, openShard);
            }
        }
        catch (Exception e)
        {
            Dispose();
            if (e is InvalidOperationException)
            {
                throw Bad(Path, "holds text that is not valid Unicode", e);
            }

            if (e is IOException or UnauthorizedAccessException)
            {
                throw new InputException($"{indexPath} cannot be read ({e.Message.TrimEnd('.')}); name a readable file.", e);
            }

            throw;
        }
    }

    public string Path { get; }

    public IReadOnlyDictionary<string, WeightInfo> Weights => _weights;

    public long CopyTo(string name, Tensor destination) => _shardOf[name].CopyTo(name, destination);

    public bool IsSameStorage(string first, string second) =>
        first == second || (_shardOf[first] == _shardOf[second] && _shardOf[first].IsSameStorage(first, second));

    public Stream? OpenStored(string name) => _shardOf[name].OpenStored(name);

    /// <summary>Returns the names of the files that an index names, each once.</summary>
    /// <exception cref="InputException">The index is malformed, or names something that is not a file next to it.</exception>
    internal static IReadOnlyList<string> FilesIn(string indexPath)
    {
        string[] files = [.. ReadIndex(indexPath).Select(place => place.File).Distinct(StringComparer.Ordinal)];
        return files.Length <= MaxShards ? files : throw Bad(indexPath, $"names more than {MaxShards} files");
    }

    public void Dispose()
    {
        foreach (IWeightReader shard in _shards.Values)
        {
            shard.Dispose();
        }
    }

    private void Add(string name, string file, Func<string, IWeightReader> openShard)
    {
        if (!_shards.TryGetValue(file, out IWeightReader? shard))
        {
            if (_shards.Count == MaxShards)
            {
                throw Bad(Path, $"names more than {MaxShards} files");
            }

            string shardPath = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Path)!, file);
            if (!File.Exists(shardPath))
            {
                throw new InputException($"{shardPath} is missing, although {Path} names it; download the file again.");
            }

            shard = openShard(shardPath);
            _shards.Add(file, shard);
        }

        _shardOf[name] = shard;
        _weights[name] = shard.Weights.TryGetValue(name, out WeightInfo? info)
            ? info
            : throw new InputException($"{shard.Path} lacks {FileText.Text(name)}, which {Path} places there; download both files again.");
    }

    private static List<(string Name, string File)> ReadIndex(string indexPath)
    {
        using JsonDocument document = LenientJson.ReadFile(indexPath, MaxIndexBytes, "download the file again");
        if (document.RootElement.ValueKind != JsonValueKind.Object
            || !document.RootElement.TryGetProperty("weight_map", out JsonElement map) || map.ValueKind != JsonValueKind.Object)
        {
            throw Bad(indexPath, "has no weight_map");
        }

        var places = new List<(string, string)>();
        foreach (JsonProperty place in map.EnumerateObject())
        {
            string? file = place.Value.ValueKind == JsonValueKind.String ? place.Value.GetString() : null;
            if (string.IsNullOrEmpty(file) || file != System.IO.Path.GetFileName(file) || file.Contains('\\') || file is "." or "..")
            {
                throw Bad(indexPath, $"places {FileText.Text(place.Name)} in something that is not a file next to it");
            }

            places.Add((place.Name, file));
        }

        return places;
    }

    private static InputException Bad(string indexPath, string what, Exception? cause = null) =>
        new($"{indexPath} {what}; download the file again.", cause);
}
