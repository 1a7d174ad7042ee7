using System.Text.Json;
using System.Text.Json.Nodes;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Checkpoints;

/// <summary>Writes a model's folder in a form that transformers and <see cref="HuggingFaceFolder.Load"/> accept.</summary>
internal static class HuggingFaceExport
{
    internal const string WeightsName = "model.safetensors";

    private static readonly string[] OwnNames =
        [HuggingFaceFolder.SettingsName, T5ConfigFile.FileName, WeightsName, GenerationConfig.FileName, .. TokenizerFiles.Names];

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Writes the folder atomically and replaces an earlier export.</summary>
    /// <param name="folder">Must be absent, empty, or an earlier export. A link is kept, and its target folder is written.</param>
    /// <param name="model">On any device; its float32 weights are written.</param>
    /// <param name="tokenizerSource">The folder with the tokenizer's files, or its <c>spiece.model</c>; all of the tokenizer's files are
    /// copied.</param>
    /// <param name="settings">Text of <see cref="HuggingFaceFolder.SettingsName"/>; null for none.</param>
    /// <exception cref="InputException">The folder contains other files, or there is no tokenizer.</exception>
    internal static void Write(string folder, T5 model, string tokenizerSource, string? settings)
    {
        folder = Links.Resolve(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        string? tokenizer = Directory.Exists(tokenizerSource) ? TokenizerFiles.FindVocabulary(tokenizerSource) : tokenizerSource;
        if (!File.Exists(tokenizer))
        {
            throw new InputException($"{tokenizer ?? Path.Combine(tokenizerSource, SentencePieceFile.FileName)} is missing; "
                + $"name a folder with the tokenizer that belongs to the model.");
        }

        CheckTarget(folder);
        string unfinished = $"{folder}.{Guid.NewGuid():N}.tmp";
        try
        {
            Directory.CreateDirectory(unfinished);
            WriteFiles(unfinished, model, tokenizer);
            if (settings is not null)
            {
                AtomicFile.WriteAllText(Path.Combine(unfinished, HuggingFaceFolder.SettingsName), settings);
            }

            Replace(folder, unfinished);
        }
        finally
        {
            if (Directory.Exists(unfinished))
            {
                Directory.Delete(unfinished, recursive: true);
            }
        }
    }

    /// <summary>Checks that the folder contains nothing but an earlier export, which may be replaced.</summary>
    /// <exception cref="InputException">The path is a file, or the folder contains other files.</exception>
    internal static void CheckTarget(string folder)
    {
        if (File.Exists(folder))
        {
            throw new InputException($"{folder} is a file; name a folder for the model.");
        }

        string? foreign = Directory.Exists(folder)
            ? Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName).FirstOrDefault(name => !OwnNames.Contains(name))
            : null;
        if (foreign is not null)
        {
            throw new InputException($"{folder} holds {foreign}, which is not part of a model; name an empty folder or a new one.");
        }
    }

    /// <summary>Checks that a folder can be created at the path, and leaves nothing behind.</summary>
    /// <exception cref="InputException">No folder can be created there.</exception>
    internal static void CheckWritable(string folder)
    {
        string? place = Path.GetDirectoryName(folder);
        while (place is not null && !Path.Exists(place))
        {
            place = Path.GetDirectoryName(place);
        }

        string trial = Path.Combine(place ?? folder, $"{Guid.NewGuid():N}.tmp");
        try
        {
            Directory.CreateDirectory(trial);
            Directory.Delete(trial);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{folder} cannot be created, because {place} cannot contain a folder ({e.Message.TrimEnd('.')}); "
                + $"name a writable place.", e);
        }
    }

    private static void WriteFiles(string folder, T5 model, string tokenizer)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        IReadOnlyDictionary<string, Tensor> weights = WeightsOf(model);
        SafetensorsWriter.Write(
            Path.Combine(folder, WeightsName),
            [.. weights.OrderBy(weight => weight.Key, StringComparer.Ordinal).Select(weight => (weight.Key, weight.Value))],
            new Dictionary<string, string> { ["format"] = "pt" });
        AtomicFile.WriteAllText(Path.Combine(folder, T5ConfigFile.FileName), T5ConfigFile.Write(model.Config));
        AtomicFile.WriteAllText(Path.Combine(folder, GenerationConfig.FileName), GenerationText(model.Config));

        string source = Path.GetDirectoryName(Path.GetFullPath(tokenizer))!;
        bool isJson = Path.GetFileName(tokenizer) == TokenizerJson.FileName;
        if (!isJson)
        {
            Copy(tokenizer, Path.Combine(folder, SentencePieceFile.FileName));
        }

        foreach (string name in
            TokenizerFiles.Names.Where(name => name != SentencePieceFile.FileName && File.Exists(Path.Combine(source, name))))
        {
            Copy(Path.Combine(source, name), Path.Combine(folder, name));
        }

        string config = Path.Combine(folder, TokenizerSettingsFile.ConfigName);
        if (!File.Exists(config))
        {
            AtomicFile.WriteAllText(
                config,
                TokenizerConfig(
                    isJson ? 0 : TokenizerFiles.DefaultExtraIds(SentencePieceFile.Read(tokenizer).Pieces.Count, model.Config.VocabSize)));
        }
    }

    /// <summary>
    /// Returns the weights in the form that transformers 4 and 5 read alike: an LM head that is not both tied and scaled is written as a
    /// separate, unscaled tensor, since version 4 supports no other. On loading, it is tied to the embedding if it equals it.
    /// </summary>
    private static Dictionary<string, Tensor> WeightsOf(T5 model)
    {
        var weights = model.named_parameters().ToDictionary(weight => weight.name, weight => (Tensor)weight.parameter);
        T5Config config = model.Config;
        if (config.TieWordEmbeddings && !config.ScaleDecoderOutputs)
        {
            weights[WeightFit.Head] = weights[WeightFit.Embedding];
        }
        else if (!config.TieWordEmbeddings && config.ScaleDecoderOutputs)
        {
            using Scalar root = Math.Sqrt(config.DModel).ToScalar();
            weights[WeightFit.Head] = weights[WeightFit.Head].div(root);
        }

        return weights;
    }

    private static void Copy(string from, string to)
    {
        using FileStream source = PlainFile.OpenRead(from);
        AtomicFile.Write(to, source.CopyTo);
    }

    private static string GenerationText(T5Config config) => new JsonObject
    {
        ["_from_model_config"] = true,
        ["decoder_start_token_id"] = config.DecoderStartTokenId,
        ["eos_token_id"] = config.EosTokenId,
        ["pad_token_id"] = config.PadTokenId,
    }.ToJsonString(Indented);

    private static string TokenizerConfig(int extraIds) => new JsonObject
    {
        ["eos_token"] = "</s>",
        ["extra_ids"] = extraIds,
        ["pad_token"] = "<pad>",
        ["tokenizer_class"] = "T5Tokenizer",
        ["unk_token"] = "<unk>",
    }.ToJsonString(Indented);

    /// <summary>
    /// Replaces the folder by two renames, so that a reader finds the old model or the new one; if the second fails, the old one is
    /// restored.
    /// </summary>
    private static void Replace(string folder, string finished)
    {
        if (!Directory.Exists(folder))
        {
            Directory.Move(finished, folder);
            return;
        }

        string old = $"{folder}.{Guid.NewGuid():N}.old";
        Directory.Move(folder, old);
        try
        {
            Directory.Move(finished, folder);
        }
        catch
        {
            Directory.Move(old, folder);
            throw;
        }

        Directory.Delete(old, recursive: true);
    }
}
