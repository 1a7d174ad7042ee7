using System.Text.Json;
using System.Text.Json.Nodes;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Model;

/// <summary><c>config.json</c> in and out.</summary>
public static class T5ConfigFile
{
    public const string FileName = "config.json";

    // The largest published T5 has 11 thousand million weights; nothing sensible comes near these limits.
    private const int MaxWidth = 1 << 20;
    private const int MaxVocabulary = 1 << 24;
    private const int MaxLayers = 1024;
    private const long MaxParameters = 50_000_000_000;
    private const int MaxFileBytes = 1 << 20;

    private static readonly string[] KnownTypes = ["t5", "mt5"];

    /// <exception cref="InputException">The file is missing or not JSON, or fields are missing, wrong or absurd; all of them are named.</exception>
    public static T5Config Read(string path)
    {
        try
        {
            using FileStream stream = PlainFile.OpenRead(path);
            if (stream.Length > MaxFileBytes)
            {
                throw new InputException($"{path}: has {stream.Length} bytes, more than the {MaxFileBytes} of any config; restore the file.");
            }

            using JsonDocument document = JsonDocument.Parse(stream);
            return Read(document.RootElement, path);
        }
        catch (JsonException e)
        {
            throw new InputException($"{path}: line {e.LineNumber + 1}: not valid JSON; download the file again.", e);
        }
        catch (InvalidOperationException e)
        {
            throw new InputException($"{path}: a text in it is not valid UTF-8; download the file again.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be read ({e.Message.TrimEnd('.')}); name a folder with a T5's {FileName}.", e);
        }
    }

    /// <summary>What transformers needs to load the model again.</summary>
    public static string Write(T5Config config)
    {
        var json = new JsonObject
        {
            ["architectures"] = new JsonArray(config.ModelType == "mt5" ? "MT5ForConditionalGeneration" : "T5ForConditionalGeneration"),
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
            ["model_type"] = config.ModelType,
            ["num_decoder_layers"] = config.NumDecoderLayers,
            ["num_heads"] = config.NumHeads,
            ["num_layers"] = config.NumLayers,
            ["pad_token_id"] = config.PadTokenId,
            ["relative_attention_max_distance"] = config.RelativeAttentionMaxDistance,
            ["relative_attention_num_buckets"] = config.RelativeAttentionNumBuckets,
            ["tie_word_embeddings"] = config.TieWordEmbeddings,
            ["torch_dtype"] = "float32",
            ["use_cache"] = true,
            ["vocab_size"] = config.VocabSize,
        };
        return json.ToJsonString(new JsonSerializerOptions { WriteIndented = true });
    }

    private static T5Config Read(JsonElement root, string path)
    {
        var fields = new JsonFields(root, path);
        string type = fields.Text("model_type", "t5", KnownTypes.Contains, $"one of {string.Join(", ", KnownTypes)}");
        int vocabulary = fields.Needed("vocab_size", 1, MaxVocabulary);
        int buckets = fields.Number("relative_attention_num_buckets", 32, 4, 1 << 16);
        int layers = fields.Needed("num_layers", 1, MaxLayers);
        var config = new T5Config
        {
            ModelType = type,
            VocabSize = vocabulary,
            DModel = fields.Needed("d_model", 1, MaxWidth),
            DKv = fields.Needed("d_kv", 1, MaxWidth),
            DFf = fields.Needed("d_ff", 1, MaxWidth),
            NumLayers = layers,
            NumDecoderLayers = fields.Number("num_decoder_layers", layers, 1, MaxLayers),
            NumHeads = fields.Needed("num_heads", 1, 1024),
            RelativeAttentionNumBuckets = buckets,
            RelativeAttentionMaxDistance = fields.Number("relative_attention_max_distance", 128, (buckets / 2) + 1, 1 << 20),
            DropoutRate = fields.Number("dropout_rate", 0.1, value => value is >= 0 and < 1, "from 0 to less than 1"),
            LayerNormEpsilon = fields.Number("layer_norm_epsilon", 1e-6, value => value is > 0 and < 1, "between 0 and 1"),
            InitializerFactor = fields.Number("initializer_factor", 1, value => value is > 0 and <= 1000, "between 0 and 1000"),
            FeedForwardProj = fields.Text("feed_forward_proj", "relu", name => T5Config.FindActivation(name) is not null, "relu, gelu, gelu_new or silu, or one of them after gated-"),
            TieWordEmbeddings = fields.Flag("tie_word_embeddings", true),
            PadTokenId = fields.Number("pad_token_id", 0, 0, vocabulary - 1),
            EosTokenId = fields.Number("eos_token_id", 1, 0, vocabulary - 1),
            DecoderStartTokenId = fields.Number("decoder_start_token_id", 0, 0, vocabulary - 1),
        };
        fields.ThrowIfWrong();
        return config.ParameterCount <= MaxParameters
            ? config
            : throw new InputException($"{path}: its sizes make {config.ParameterCount:N0} weights, more than any T5 has; correct d_model, d_ff, num_heads, num_layers or vocab_size.");
    }
}
