
namespace DistillStudio.Engine.Model;

/// <summary>Activation function between the two products of a feed-forward network.</summary>
public enum Activation
{
    Relu,

    /// <summary>x · Φ(x), exact.</summary>
    Gelu,

    /// <summary>The tanh approximation, <c>gelu_new</c>.</summary>
    GeluTanh,

    /// <summary>x · sigmoid(x), also called swish.</summary>
    Silu,
}

/// <summary>Shape of a T5, as in its <c>config.json</c>; defaults are those of Hugging Face's <c>T5Config</c>.</summary>
public sealed record T5Config
{
    /// <summary><c>t5</c>, or <c>mt5</c>, which has the same architecture.</summary>
    public string ModelType { get; init; } = "t5";

    /// <summary>Rows of the embedding; often slightly more than the tokenizer has pieces.</summary>
    public required int VocabSize { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int DModel { get; init; }

    /// <summary>Width of a head; the total width of the heads may differ from <see cref="DModel"/>.</summary>
    public required int DKv { get; init; }

    /// <summary>Inner width of the feed-forward networks.</summary>
    public required int DFf { get; init; }

    /// <summary>Number of encoder blocks.</summary>
    public required int NumLayers { get; init; }

    /// <summary>Number of decoder blocks; defaults to that of the encoder if the file has none.</summary>
    public required int NumDecoderLayers { get; init; }

    public required int NumHeads { get; init; }

    public int RelativeAttentionNumBuckets { get; init; } = 32;

    /// <summary>Distance in tokens from which all distances share a bucket.</summary>
    public int RelativeAttentionMaxDistance { get; init; } = 128;

    /// <summary>In [0, 1); used in train mode only.</summary>
    public double DropoutRate { get; init; } = 0.1;

    public double LayerNormEpsilon { get; init; } = 1e-6;

    /// <summary>Multiplies the standard deviation of every initial weight.</summary>
    public double InitializerFactor { get; init; } = 1;

    /// <summary><c>feed_forward_proj</c> of the file: an activation, prefixed with <c>gated-</c> in v1.1.</summary>
    public string FeedForwardProj { get; init; } = "relu";

    /// <summary>True if the LM head is the embedding; otherwise it has its own weights.</summary>
    public bool TieWordEmbeddings { get; init; } = true;

    /// <summary>
    /// Whether the decoder's output is divided by the root of <see cref="DModel"/> before the LM head, as in the original T5 but not in
    /// v1.1. Defaults to <see cref="TieWordEmbeddings"/>, as before transformers 5.
    /// </summary>
    public bool ScaleDecoderOutputs { get => _scaleDecoderOutputs ?? TieWordEmbeddings; init => _scaleDecoderOutputs = value; }

    public int PadTokenId { get; init; }

    public int EosTokenId { get; init; } = 1;

    /// <summary>First input token of the decoder.</summary>
    public int DecoderStartTokenId { get; init; }

    /// <summary>Total width of all heads.</summary>
    public int InnerSize => NumHeads * DKv;

    public bool IsGated => FeedForwardProj.StartsWith(GatedPrefix, StringComparison.Ordinal);

    /// <exception cref="InvalidOperationException"><see cref="FeedForwardProj"/> is unknown.</exception>
    public Activation Activation => FindActivation(FeedForwardProj)
        ?? throw new InvalidOperationException($"There is no feed_forward_proj {FeedForwardProj}.");

    /// <summary>Number of weight elements; a tied LM head counts once.</summary>
    public long ParameterCount => T5Weights.Of(this).Sum(weight => weight.Shape.Aggregate(1L, (product, size) => product * size));

    private const string GatedPrefix = "gated-";

    private readonly bool? _scaleDecoderOutputs;

    /// <summary>Returns null if the name is unknown.</summary>
    internal static Activation? FindActivation(string feedForwardProj) => feedForwardProj switch
    {
        "relu" or "gated-relu" => Model.Activation.Relu,
        "gelu" => Model.Activation.Gelu,
        "gelu_new" or "gated-gelu_new" => Model.Activation.GeluTanh,
        "gated-gelu" => Model.Activation.GeluTanh, // the published v1.1 models use this name for the approximation
        "silu" or "swish" or "gated-silu" or "gated-swish" => Model.Activation.Silu,
        _ => null,
    };
}
