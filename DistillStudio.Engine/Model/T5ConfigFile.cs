using System.Text.Json;
using System.Text.Json.Nodes;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Model;

/// <summary>Contents of a <c>config.json</c>.</summary>
/// <param name="Shape">Shape of the model, as far as the config alone determines it.</param>
/// <param name="TiesEqualHead">Whether an LM head whose weights equal the embedding is treated as tied, as in transformers 5; in earlier
/// versions only tie_word_embeddings decides.</param>
internal sealed record PublishedConfig(T5Config Shape, bool TiesEqualHead);

/// <summary>Reads and writes <c>config.json</c>.</summary>
public static class T5ConfigFile
{
    public const string FileName = "config.json";

    /// <summary>Written by transformers 5, whose configs set tie_word_embeddings even for models with a separate LM head.</summary>
    private const string ScaleName = "scale_decoder_outputs";

    private const string Damaged = "download the file again";

    // The largest published T5 has 11 billion weights; realistic configs are far below these limits.
    private const int MaxWidth = 1 << 20;
    private const int MaxVocabulary = 1 << 24;
    private const int MaxLayers = 1024;
    private const long MaxParameters = 50_000_000_000;
    private const int MaxFileBytes = 1 << 20;

    /// <exception cref="InputException">The file is missing or not JSON, or fields are missing, wrong or out of range; all of them are
    /// named.</exception>
    public static T5Config Read(string path) => ReadPublished(path).Shape;

    /// <inheritdoc cref="Read(string)"/>
    internal static PublishedConfig ReadPublished(string path)
    {
        try
        {
            using JsonDocument document = LenientJson.ReadFile(path, MaxFileBytes, Damaged);
            return Read(document.RootElement, path);
        }
        catch (InvalidOperationException e)
        {
            throw new InputException($"{path}: it holds text that is not valid Unicode; {Damaged}.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be read ({e.Message.TrimEnd('.')}); name a folder with a T5's {FileName}.", e);
        }
    }

    /// <summary>
    /// Writes what transformers 4 and 5 need to load the model again. Version 4 scales the decoder's outputs if tie_word_embeddings is
    /// true; version 5 uses a separate field and never scales in an mT5. A model whose LM head is not both tied and scaled is therefore
    /// saved with the weights of its LM head.
    /// </summary>
    public static string Write(T5Config config)
    {
        bool isTiedAndScaled = config.TieWordEmbeddings && config.ScaleDecoderOutputs;
        string type = isTiedAndScaled ? ModelKind.T5 : config.ModelType; // an mT5 that scales is a T5 in all but name
        var json = new JsonObject
        {
            ["architectures"] = new JsonArray(type == ModelKind.MT5 ? "MT5ForConditionalGeneration" : "T5ForConditionalGeneration"),
            ["d_ff"] = config.DFf,
            ["d_kv"] = config.DKv,
            ["d_model"] = config.DModel,
            ["decoder_start_token_id"] = config.DecoderStartTokenId,
            ["dropout_rate"] = config.DropoutRate,
            ["eos_token_id"] = config.EosTokenId,
            ["feed_forward_proj"] = config.FeedForwardProj,
            ["initializer_factor"] = config.InitializerFactor,
            ["is_encoder_decoder"] = true,
            ["layer_norm_epsilon"] = config.LayerNormEpsilon,
            ["model_type"] = type,
            ["num_decoder_layers"] = config.NumDecoderLayers,
            ["num_heads"] = config.NumHeads,
            ["num_layers"] = config.NumLayers,
            ["pad_token_id"] = config.PadTokenId,
            ["relative_attention_max_distance"] = config.RelativeAttentionMaxDistance,
            ["relative_attention_num_buckets"] = config.RelativeAttentionNumBuckets,
            [ScaleName] = isTiedAndScaled,
            ["tie_word_embeddings"] = isTiedAndScaled,
            ["torch_dtype"] = "float32",
            ["use_cache"] = true,
            ["vocab_size"] = config.VocabSize,
        };
        return json.ToJsonString(new JsonSerializerOptions { WriteIndented = true });
    }

    private static PublishedConfig Read(JsonElement root, string path)
    {
        var fields = new JsonFields(root, path);
        string type = CheckKind(fields, path);
        bool isMT5 = type == ModelKind.MT5;
        int Size(string name, int highest, int usual) => isMT5 ? fields.Number(name, usual, 1, highest) : fields.Needed(name, 1, highest);

        int vocabulary = Size("vocab_size", MaxVocabulary, 250_112);
        int buckets = fields.Number("relative_attention_num_buckets", 32, 4, 1 << 16);
        int layers = Size("num_layers", MaxLayers, 8);
        int pad = fields.Number("pad_token_id", 0, 0, vocabulary - 1);
        bool ties = fields.Flag("tie_word_embeddings", !isMT5);
        var config = new T5Config
        {
            ModelType = type,
            VocabSize = vocabulary,
            DModel = Size("d_model", MaxWidth, 512),
            DKv = Size("d_kv", MaxWidth, 64),
            DFf = Size("d_ff", MaxWidth, 1024),
            NumLayers = layers,
            NumDecoderLayers = fields.Number("num_decoder_layers", layers, 1, MaxLayers),
            NumHeads = Size("num_heads", 1024, 6),
            RelativeAttentionNumBuckets = buckets,
            RelativeAttentionMaxDistance = fields.Number("relative_attention_max_distance", 128, (buckets / 2) + 1, 1 << 20),
            DropoutRate = fields.Number("dropout_rate", 0.1, value => value is >= 0 and < 1, "from 0 to less than 1"),
            LayerNormEpsilon = fields.Number("layer_norm_epsilon", 1e-6, value => value is > 0 and < 1, "between 0 and 1"),
            InitializerFactor = fields.Number("initializer_factor", 1, value => value is > 0 and <= 1000, "between 0 and 1000"),
            FeedForwardProj = ReadFeedForward(fields, isMT5 ? "gated-gelu" : "relu"),
            TieWordEmbeddings = ties,
            ScaleDecoderOutputs = fields.Flag(ScaleName, ties && !(isMT5 && IsOfTransformers5(fields))),
            PadTokenId = pad,
            EosTokenId = fields.Number("eos_token_id", 1, 0, vocabulary - 1),
            DecoderStartTokenId = fields.Number("decoder_start_token_id", pad, 0, vocabulary - 1),
        };
        fields.ThrowIfWrong();
        return config.ParameterCount <= MaxParameters
            ? new(config, ties || fields.Has(ScaleName))
            : throw new InputException($"{path}: its sizes make {config.ParameterCount:N0} weights, more than any T5 has; correct d_model, "
                + $"d_ff, num_heads, num_layers or vocab_size.");
    }

    /// <summary>Returns the model type after checking that it is supported.</summary>
    /// <exception cref="InputException">The model type is not supported; its kind is named.</exception>
    private static string CheckKind(JsonFields fields, string path)
    {
        string type = fields.Text("model_type", ModelKind.T5, _ => true, "a text");
        if (!ModelKind.IsKnown(type))
        {
            throw new InputException($"{path}: model_type is {fields.Raw("model_type")}, {ModelKind.Describe(type)}; {ModelKind.Remedy}.");
        }

        if (ModelKind.WhyNotTokenizer(fields.Note("tokenizer_class")) is { } whyNot)
        {
            throw new InputException($"{path}: this {whyNot}; {ModelKind.Remedy}.");
        }

        if (fields.Has("quantization_config"))
        {
            throw new InputException($"{path}: the weights are quantised (quantization_config); use the model's original weights, "
                + $"in float32, float16 or bfloat16.");
        }

        if (fields.Flag("tie_encoder_decoder", false))
        {
            fields.Reject("tie_encoder_decoder is true, which is not supported; save the model with both and set it to false.");
        }

        return type;
    }

    /// <summary>Reads the activation; in transformers, <c>dense_act_fn</c> overrides the one in <c>feed_forward_proj</c>.</summary>
    private static string ReadFeedForward(JsonFields fields, string usual)
    {
        string name =
            fields.Text(
                "feed_forward_proj", usual, text => T5Config.FindActivation(text) is not null,
                "relu, gelu, gelu_new or silu, or one of them after gated-");
        if (fields.Note("dense_act_fn") is { } activation && T5Config.FindActivation(activation) != T5Config.FindActivation(name))
        {
            fields.Reject($"dense_act_fn is {fields.Raw("dense_act_fn")} and contradicts feed_forward_proj \"{name}\"; "
                + $"correct the one that is wrong.");
        }

        return name;
    }

    /// <summary>Detects transformers 5, which scales no mT5; earlier versions scale if the LM head is tied.</summary>
    private static bool IsOfTransformers5(JsonFields fields) =>
        fields.Note("transformers_version")?.Split('.')[0] is { } major && int.TryParse(major, out int version) && version >= 5;
}
