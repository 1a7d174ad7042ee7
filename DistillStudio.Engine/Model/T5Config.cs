using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Batching;

namespace DistillStudio.Engine.Model;

/// <summary>The function between the two products of a feed-forward network.</summary>
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

/// <summary>A T5's shape, as its <c>config.json</c> has it; defaults are those of Hugging Face's <c>T5Config</c>.</summary>
public sealed record T5Config
{
    /// <summary><c>t5</c>, or <c>mt5</c>, which is the same network.</summary>
    public string ModelType { get; init; } = "t5";

    /// <summary>Rows of the embedding; often a few more than the tokenizer has pieces.</summary>
    public required int VocabSize { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int DModel { get; init; }

    /// <summary>Width of a head; the heads together need not be as wide as <see cref="DModel"/>.</summary>
    public required int DKv { get; init; }

    /// <summary>Inner width of the feed-forward networks.</summary>
    public required int DFf { get; init; }

    /// <summary>Blocks of the encoder.</summary>
    public required int NumLayers { get; init; }

    /// <summary>Blocks of the decoder; as many as the encoder's where the file does not say.</summary>
    public required int NumDecoderLayers { get; init; }

    public required int NumHeads { get; init; }

    public int RelativeAttentionNumBuckets { get; init; } = 32;

    /// <summary>Distance in tokens from which on all share a bucket.</summary>
    public int RelativeAttentionMaxDistance { get; init; } = 128;

    /// <summary>In [0, 1); acts in train mode only.</summary>
    public double DropoutRate { get; init; } = 0.1;

    public double LayerNormEpsilon { get; init; } = 1e-6;

    /// <summary>Multiplies the deviation of every fresh weight.</summary>
    public double InitializerFactor { get; init; } = 1;

    /// <summary>The <c>feed_forward_proj</c> of the file: an activation, with <c>gated-</c> before it in v1.1.</summary>
    public string FeedForwardProj { get; init; } = "relu";

    /// <summary>The LM head is the embedding; otherwise it has weights of its own.</summary>
    public bool TieWordEmbeddings { get; init; } = true;

    /// <summary>
    /// What the decoder puts out is divided by the root of <see cref="DModel"/> before the LM head, as the original T5 does and v1.1 does not.
    /// Follows <see cref="TieWordEmbeddings"/> unless given, as before transformers 5.
    /// </summary>
    public bool ScaleDecoderOutputs { get => _scaleDecoderOutputs ?? TieWordEmbeddings; init => _scaleDecoderOutputs = value; }

    public int PadTokenId { get; init; }

    public int EosTokenId { get; init; } = 1;

    /// <summary>What the decoder reads first.</summary>
    public int DecoderStartTokenId { get; init; }

    /// <summary>Width of all heads together.</summary>
    public int InnerSize => NumHeads * DKv;

    public bool IsGated => FeedForwardProj.StartsWith(GatedPrefix, StringComparison.Ordinal);

    /// <exception cref="InvalidOperationException"><see cref="FeedForwardProj"/> is none that is known.</exception>
    public Activation Activation => FindActivation(FeedForwardProj)
        ?? throw new InvalidOperationException($"There is no feed_forward_proj {FeedForwardProj}.");

    /// <summary>Numbers in all weights; a tied head counts once.</summary>
    public long ParameterCount => T5Weights.Of(this).Sum(weight => weight.Shape.Aggregate(1L, (product, size) => product * size));

    private const string GatedPrefix = "gated-";

    private readonly bool? _scaleDecoderOutputs;

    /// <summary>Null where the name is unknown.</summary>
    internal static Activation? FindActivation(string feedForwardProj) => feedForwardProj switch
    {
        "relu" or "gated-relu" => Model.Activation.Relu,
        "gelu" => Model.Activation.Gelu,
        "gelu_new" or "gated-gelu_new" => Model.Activation.GeluTanh,
        "gated-gelu" => Model.Activation.GeluTanh, // the published v1.1 models say so and mean the approximation
        "silu" or "swish" or "gated-silu" or "gated-swish" => Model.Activation.Silu,
        _ => null,
    };
}
