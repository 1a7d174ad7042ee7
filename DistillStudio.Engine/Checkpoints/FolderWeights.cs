using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Checkpoints;

/// <summary>The weights in a model's folder.</summary>
/// <param name="Name">Name of the file, or of the index file of several.</param>
/// <param name="Open">Opens the weights.</param>
/// <param name="Remark">A note for the user on the choice of file; null for none.</param>
internal sealed record FolderWeights(string Name, Func<IWeightReader> Open, string? Remark)
{
    internal const string IndexEnding = ".index.json";

    /// <summary>Readable files, in the order in which transformers searches for them.</summary>
    private static readonly (string Name, Func<string, IWeightReader> Open)[] Readable =
    [
        (HuggingFaceExport.WeightsName, path => new SafetensorsFile(path)),
        (HuggingFaceExport.WeightsName + IndexEnding, path => new ShardedWeights(path, shard => new SafetensorsFile(shard))),
        (PyTorchFile.FileName, path => new PyTorchFile(path)),
        (PyTorchFile.FileName + IndexEnding, path => new ShardedWeights(path, shard => new PyTorchFile(shard))),
    ];

    private static readonly (string Pattern, string Kind)[] Unreadable =
    [
        (
            "adapter_config.json",
            "a LoRA adapter, which needs the model that it was trained on; merge both (merge_and_unload) and save the model"),
        (
            "adapter_model.*",
            "a LoRA adapter, which needs the model that it was trained on; merge both (merge_and_unload) and save the model"),
        ("*.incomplete", "an unfinished download; finish it"),
        ("*.part", "an unfinished download; finish it"),
        ("*.crdownload", "an unfinished download; finish it"),
        ("*-of-*.safetensors", $"one of several parts; put the {HuggingFaceExport.WeightsName}{IndexEnding} that names them next to it"),
        ("*-of-*.bin", $"one of several parts; put the {PyTorchFile.FileName}{IndexEnding} that names them next to it"),
        ("*.safetensors", $"weights under another name; rename the file to {HuggingFaceExport.WeightsName} if it is the whole model"),
        ("*.h5", "weights of TensorFlow" + Converted),
        ("*.ckpt*", "a checkpoint of TensorFlow or of a trainer" + Converted),
        ("*.msgpack", "weights of Flax" + Converted),
        ("*.gguf", "weights for llama.cpp" + Converted),
        ("*.ggml", "weights for llama.cpp" + Converted),
        ("*.onnx", "an ONNX graph" + Converted),
        ("*.ot", "weights for Rust" + Converted),
        ("*.npz", "weights of NumPy" + Converted),
        ("*.pt", "a PyTorch checkpoint" + Converted),
        ("*.pth", "a PyTorch checkpoint" + Converted),
        ("*.bin", $"weights under another name; rename the file to {PyTorchFile.FileName} if it is the whole model"),
    ];

    /// <summary>Files that a trainer leaves next to the weights.</summary>
    private static readonly string[] NoWeights = ["training_args", "optimizer", "scheduler", "scaler", "rng_state"];

    private const string Converted = $"; load them with transformers and save_pretrained the model as {HuggingFaceExport.WeightsName}";

    /// <summary>Finds the weights to read; returns null if the folder has no weights of any kind.</summary>
    /// <exception cref="InputException">The folder has weights, but none that can be read; the message names their kind.</exception>
    internal static FolderWeights? Find(string folder)
    {
        (string Name, Func<string, IWeightReader> Open, string? StandIn)[] found =
            [
                .. Readable.Where(known => IsThere(Path.Combine(folder, known.Name))).Select(
                    known => (known.Name, known.Open, FileStandIn.WhatIs(Path.Combine(folder, known.Name))))
            ];
        foreach ((string name, Func<string, IWeightReader> open, string? standIn) in found)
        {
            if (standIn is null)
            {
                string path = Path.Combine(folder, name);
                string? remark = found[0].StandIn is { } first
                    ? $"{Path.Combine(folder, found[0].Name)} is {first}, so the weights are read from {name}."
                    : null;
                return new(name, () => open(path), remark);
            }
        }

        if (found.Length > 0)
        {
            throw FileStandIn.Refuse(Path.Combine(folder, found[0].Name), found[0].StandIn!);
        }

        return WhyUnreadable(folder) is { } why ? throw new InputException(why) : null;
    }

    /// <summary>Returns a sentence on files that look like weights in a folder without readable ones; null if there are none.</summary>
    internal static string? WhyUnreadable(string folder)
    {
        var options = new EnumerationOptions { MatchCasing = MatchCasing.CaseInsensitive };
        foreach ((string pattern, string kind) in Unreadable)
        {
            string? file = Directory.EnumerateFiles(folder, pattern, options)
                .Select(Path.GetFileName).OfType<string>()
                .Where(name => !NoWeights.Any(start => name.StartsWith(start, StringComparison.Ordinal)))
                .Order(StringComparer.Ordinal).FirstOrDefault();
            if (file is not null)
            {
                string path = Path.Combine(folder, file);
                return FileStandIn.WhatIs(path) is { } standIn ? FileStandIn.Refuse(path, standIn).Message : $"{path} is {kind}.";
            }
        }

        return null;
    }

    /// <summary>Returns true if the file exists; also true for a dangling link.</summary>
    private static bool IsThere(string path) => File.Exists(path) || new FileInfo(path).LinkTarget is not null;
}
