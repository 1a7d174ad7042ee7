using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Text;
using TorchSharp.Modules;

namespace DistillStudio.Engine.Checkpoints;

/// <summary>What a folder holds, told without reading its weights.</summary>
/// <param name="Config">Its shape.</param>
/// <param name="Parameters">Numbers in all weights; a tied head counts once.</param>
/// <param name="IsTied">The head is the embedding.</param>
/// <param name="TokenizerSize">Pieces and extra ids; null where there is no tokenizer.</param>
/// <param name="WeightsFile">The file's name; null where there are no weights, as for a random start.</param>
public sealed record ModelInfo(T5Config Config, long Parameters, bool IsTied, int? TokenizerSize, string? WeightsFile);

/// <summary>A model's folder as Hugging Face's transformers reads and writes it.</summary>
public static class HuggingFaceFolder
{
    /// <summary>The studio's own file among the others: how the model was trained, which says how to ask it. Others overlook it.</summary>
    public const string SettingsName = "spec.json";

    private const string IndexEnding = ".index.json";

    private static readonly (string Name, Func<string, IWeightReader> Open)[] WeightFiles =
    [
        (HuggingFaceExport.WeightsName, path => new SafetensorsFile(path)),
        (HuggingFaceExport.WeightsName + IndexEnding, path => new ShardedWeights(path, shard => new SafetensorsFile(shard))),
        (PyTorchFile.FileName, path => new PyTorchFile(path)),
        (PyTorchFile.FileName + IndexEnding, path => new ShardedWeights(path, shard => new PyTorchFile(shard))),
    ];

    /// <summary>Config alone, for a model that starts from random weights.</summary>
    /// <exception cref="InputException">The folder or its config is missing or wrong.</exception>
    public static T5Config ReadConfig(string folder) => Directory.Exists(folder)
        ? T5ConfigFile.Read(Path.Combine(folder, T5ConfigFile.FileName))
        : throw new InputException($"{folder} is not a folder; name one that holds a T5's {T5ConfigFile.FileName}.");

    /// <summary>The folder's tokenizer, once it is sure that its model has a row of weights for each id.</summary>
    /// <exception cref="InputException">Config or tokenizer cannot be used, or they are not of one model.</exception>
    public static T5Tokenizer LoadTokenizer(string folder)
    {
        int vocabulary = ReadConfig(folder).VocabSize;
        T5Tokenizer tokenizer = T5Tokenizer.Load(folder, vocabulary);
        return tokenizer.VocabularySize <= vocabulary
            ? tokenizer
            : throw new InputException($"{folder}: the tokenizer has {tokenizer.VocabularySize} ids while vocab_size in {T5ConfigFile.FileName} is {vocabulary}; put tokenizer and config of one model together, or give its number of <extra_id_…> as extra_ids in {TokenizerSettingsFile.ConfigName}.");
    }

    /// <summary>A model with the folder's weights as float32 masters, on the CPU, in train mode.</summary>
    /// <exception cref="InputException">Config or weights are missing or malformed, or do not fit each other.</exception>
    public static T5 Load(string folder, Precision precision = Precision.Float32)
    {
        T5Config config = ReadConfig(folder);
        using IWeightReader reader = OpenWeights(folder);
        IReadOnlyDictionary<string, string> sources = WeightFit.Check(reader, config);
        var model = new T5(config, precision);
        try
        {
            foreach ((string name, Parameter parameter) in model.named_parameters())
            {
                reader.CopyTo(sources[name], parameter);
            }
        }
        catch
        {
            model.Dispose();
            throw;
        }

        return model;
    }

    /// <summary>Opens whichever weights the folder holds; safetensors before PyTorch's own format.</summary>
    /// <exception cref="InputException">There are none, or they are malformed.</exception>
    public static IWeightReader OpenWeights(string folder) => FindWeights(folder) is { } found
        ? found.Open(Path.Combine(folder, found.Name))
        : throw new InputException($"{folder} holds no weights; put {HuggingFaceExport.WeightsName} or {PyTorchFile.FileName} there, or start from random weights.");

    /// <exception cref="InputException">Config, weights or tokenizer are malformed or do not fit each other.</exception>
    public static ModelInfo Describe(string folder)
    {
        T5Config config = ReadConfig(folder);
        string? weights = FindWeights(folder)?.Name;
        if (weights is not null)
        {
            using IWeightReader reader = OpenWeights(folder);
            WeightFit.Check(reader, config);
        }

        int? tokenizerSize = TokenizerFiles.FindVocabulary(folder) is null ? null : T5Tokenizer.Load(folder, config.VocabSize).VocabularySize;
        return new ModelInfo(config, config.ParameterCount, config.TieWordEmbeddings, tokenizerSize, weights);
    }

    /// <inheritdoc cref="HuggingFaceExport.Write"/>
    public static void Export(string folder, T5 model, string tokenizerSource, string? settings = null) =>
        HuggingFaceExport.Write(folder, model, tokenizerSource, settings);

    /// <summary>Asked before a long training, so that it is not in vain.</summary>
    /// <exception cref="InputException">An export to this folder would be refused, because it is a file, holds other files or cannot be made.</exception>
    public static void RequireExportable(string folder)
    {
        HuggingFaceExport.CheckTarget(Path.GetFullPath(folder));
        HuggingFaceExport.CheckWritable(Path.GetFullPath(folder));
    }

    private static (string Name, Func<string, IWeightReader> Open)? FindWeights(string folder)
    {
        foreach ((string Name, Func<string, IWeightReader> Open) candidate in WeightFiles)
        {
            if (File.Exists(Path.Combine(folder, candidate.Name)))
            {
                return candidate;
            }
        }

        return null;
    }
}
