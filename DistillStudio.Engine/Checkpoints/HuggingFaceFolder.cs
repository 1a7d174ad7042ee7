using System.Text.Json;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Engine.Text;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Checkpoints;

/// <summary>Description of a model folder, determined without reading its weights.</summary>
/// <param name="Config">The model's dimensions.</param>
/// <param name="Parameters">Number of parameters; a tied LM head counts once.</param>
/// <param name="IsTied">True if the LM head is tied to the embedding.</param>
/// <param name="TokenizerSize">Number of pieces and extra ids; null if there is no tokenizer.</param>
/// <param name="WeightsFile">Name of the weights file; null if there are no weights, as for random initialization.</param>
/// <param name="Remarks">Notes for the user on the files, one sentence each.</param>
public sealed record ModelInfo(
    T5Config Config, long Parameters, bool IsTied, int? TokenizerSize, string? WeightsFile, IReadOnlyList<string> Remarks);

/// <summary>Whether and how a folder can be used as a model.</summary>
/// <param name="Config">The config, completed from the weights if they can be read; null if the config itself cannot be read.</param>
/// <param name="WeightsFile">Name of the weights file; null if there are no usable weights.</param>
/// <param name="Problem">Why the model cannot be loaded, as a sentence. Null if it can, and if there are simply no weights.</param>
/// <param name="Remarks">Notes for the user on the files, one sentence each.</param>
public sealed record FolderContent(T5Config? Config, string? WeightsFile, string? Problem, IReadOnlyList<string> Remarks);

/// <summary>Reads and writes a model's folder in the format of Hugging Face's transformers.</summary>
public static class HuggingFaceFolder
{
    /// <summary>
    /// The studio's own file in the folder: how the model was trained, which determines how to prompt it. Other programs ignore it.
    /// </summary>
    public const string SettingsName = "spec.json";

    private const int MaxTokenizerConfigBytes = 1 << 20;

    /// <summary>
    /// Reads only the config, which does not determine whether the weights have a separate LM head; see <see cref="Inspect"/>.
    /// </summary>
    /// <exception cref="InputException">The folder or its config is missing or invalid, or belongs to another kind of model.</exception>
    public static T5Config ReadConfig(string folder) => ReadPublished(folder).Shape;

    /// <summary>Loads the folder's tokenizer after checking that its model has a row of weights for each id.</summary>
    /// <exception cref="InputException">Config or tokenizer cannot be used, or they belong to different models.</exception>
    public static T5Tokenizer LoadTokenizer(string folder)
    {
        int vocabulary = ReadConfig(folder).VocabSize;
        T5Tokenizer tokenizer = T5Tokenizer.Load(folder, vocabulary);
        return tokenizer.VocabularySize <= vocabulary
            ? tokenizer
            : throw new InputException($"{folder}: the tokenizer has {tokenizer.VocabularySize} ids while vocab_size in "
                + $"{T5ConfigFile.FileName} is {vocabulary}; put tokenizer and config of one model together, "
                + $"or give its number of <extra_id_…> as extra_ids in {TokenizerSettingsFile.ConfigName}.");
    }

    /// <summary>Loads a model with the folder's weights as float32 master weights, on the CPU, in training mode.</summary>
    /// <param name="remark">Receives notes for the user on the files, one sentence each.</param>
    /// <exception cref="InputException">Config or weights are missing, malformed, not finite, or inconsistent with each other.</exception>
    public static T5 Load(string folder, Precision precision = Precision.Float32, Action<string>? remark = null)
    {
        PublishedConfig config = ReadPublished(folder);
        FolderWeights weights = FindWeights(folder);
        using IWeightReader reader = weights.Open();
        WeightPlan plan = WeightFit.Check(reader, config);
        var model = new T5(plan.Config, precision);
        try
        {
            Fill(model, reader, plan);
        }
        catch
        {
            model.Dispose();
            throw;
        }

        if (remark is not null)
        {
            Remarks(folder, weights, plan).Concat(TokenizerFiles.Remarks(folder)).ToList().ForEach(remark);
        }

        return model;
    }

    /// <summary>Describes a folder from its config and the headers of its weights. Never throws because of the folder's content.</summary>
    public static FolderContent Inspect(string folder)
    {
        T5Config? shape = null;
        try
        {
            PublishedConfig config = ReadPublished(folder);
            shape = config.Shape;
            if (FolderWeights.Find(folder) is not { } weights)
            {
                return new(shape, null, null, []);
            }

            using IWeightReader reader = weights.Open();
            WeightPlan plan = WeightFit.Check(reader, config);
            return new(plan.Config, weights.Name, null, [.. Remarks(folder, weights, plan)]);
        }
        catch (InputException e)
        {
            return new(shape, null, e.Message, []);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new(shape, null, $"{folder} cannot be read ({e.Message.TrimEnd('.')}); make it readable.", []);
        }
    }

    /// <exception cref="InputException">Config, weights or tokenizer are malformed or inconsistent with each other.</exception>
    public static ModelInfo Describe(string folder)
    {
        FolderContent content = Inspect(folder);
        if (content.Problem is { } problem)
        {
            throw new InputException(problem);
        }

        T5Config config = content.Config!;
        int? tokenizerSize = TokenizerFiles.HasVocabulary(folder) ? T5Tokenizer.Load(folder, config.VocabSize).VocabularySize : null;
        return new ModelInfo(
            config, config.ParameterCount, config.TieWordEmbeddings, tokenizerSize, content.WeightsFile,
            [.. content.Remarks, .. TokenizerFiles.Remarks(folder)]);
    }

    /// <summary>Reads all weights, one at a time, and checks that each is whole and finite. Loads libtorch.</summary>
    /// <param name="progress">Called with the share of the weights that was read, in [0, 1]; may be null.</param>
    /// <exception cref="InputException">Config or weights are missing, malformed, not finite, or inconsistent with each other.</exception>
    public static void CheckWeights(string folder, Action<double>? progress, CancellationToken stop)
    {
        PublishedConfig config = ReadPublished(folder);
        using IWeightReader reader = FindWeights(folder).Open();
        WeightPlan plan = WeightFit.Check(reader, config);
        LibTorch.Load();
        long read = 0;
        foreach ((string name, long[] shape) in T5Weights.Of(plan.Config))
        {
            stop.ThrowIfCancellationRequested();
            using Tensor weight = empty(shape, float32);
            RequireFinite(reader, plan.Sources[name], weight);
            read += weight.numel();
            progress?.Invoke((double)read / plan.Config.ParameterCount);
        }
    }

    /// <inheritdoc cref="HuggingFaceExport.Write"/>
    public static void Export(string folder, T5 model, string tokenizerSource, string? settings = null) =>
        HuggingFaceExport.Write(folder, model, tokenizerSource, settings);

    /// <summary>Checks before a long training run that its model can be exported.</summary>
    /// <exception cref="InputException">The export would be rejected, because the path is a file, or the folder contains other files or
    /// cannot be created.</exception>
    public static void RequireExportable(string folder)
    {
        string written = Links.Resolve(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        HuggingFaceExport.CheckTarget(written);
        HuggingFaceExport.CheckWritable(written);
    }

    private static PublishedConfig ReadPublished(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new InputException($"{folder} is not a folder; name one that holds a T5's {T5ConfigFile.FileName}.");
        }

        string path = Path.Combine(folder, T5ConfigFile.FileName);
        if (!File.Exists(path))
        {
            FileStandIn.Require(path);
            if (FolderWeights.WhyUnreadable(folder) is { } why)
            {
                throw new InputException($"{path} is missing, and {why}");
            }
        }

        PublishedConfig config = T5ConfigFile.ReadPublished(path);
        return ModelKind.WhyNotTokenizer(TokenizerClass(folder)) is { } whyNot
            ? throw new InputException($"{Path.Combine(folder, TokenizerSettingsFile.ConfigName)}: this {whyNot}; {ModelKind.Remedy}.")
            : config;
    }

    /// <summary>Returns null if the folder does not name the class, or names it in a form that the tokenizer rejects itself.</summary>
    private static string? TokenizerClass(string folder)
    {
        string path = Path.Combine(folder, TokenizerSettingsFile.ConfigName);
        try
        {
            using JsonDocument? config =
                File.Exists(path) ? LenientJson.ReadFile(path, MaxTokenizerConfigBytes, "download the file again") : null;
            return config is null ? null : new JsonFields(config.RootElement, path).Note("tokenizer_class");
        }
        catch (Exception e) when (e is InputException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static void Fill(T5 model, IWeightReader reader, WeightPlan plan)
    {
        foreach ((string name, Parameter parameter) in model.named_parameters())
        {
            RequireFinite(reader, plan.Sources[name], parameter);
        }
    }

    private static void RequireFinite(IWeightReader reader, string source, Tensor weight)
    {
        long notFinite = reader.CopyTo(source, weight);
        if (notFinite > 0)
        {
            throw new InputException($"{reader.Path}: the weights contain inf or NaN: {notFinite:N0} of {weight.numel():N0} values in "
                + $"{source}; take another copy of the model, or an earlier checkpoint of its training.");
        }
    }

    private static FolderWeights FindWeights(string folder) => FolderWeights.Find(folder)
        ?? throw new InputException($"{folder} holds no weights, only a config; put {HuggingFaceExport.WeightsName} or "
            + $"{PyTorchFile.FileName} there, or start from random weights (--init random).");

    private static IEnumerable<string> Remarks(string folder, FolderWeights weights, WeightPlan plan) =>
        [
            .. new[] { weights.Remark }.OfType<string>(), .. plan.Remarks, .. GenerationConfig.Remarks(folder, plan.Config),
        ];
}
