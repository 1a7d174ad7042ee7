using DistillStudio.Engine.Model;

namespace DistillStudio.Engine.Backends.Gpu;

/// <summary>
/// Estimates the memory of a batch's forward and backward pass by own kernels: the tensors that <see cref="T5Kernels"/> and the products
/// between them keep. Attention is counted as if libtorch's products computed it, which keeps more.
/// </summary>
internal sealed class KernelMemory
{
    private readonly T5Config _config;
    private readonly StepTokens _tokens;
    private readonly long _operand; // bytes of a number in products

    private KernelMemory(T5Config config, Precision precision, StepTokens tokens)
    {
        (_config, _tokens) = (config, tokens);
        _operand = precision == Precision.BFloat16 ? sizeof(ushort) : sizeof(float);
    }

    /// <param name="config">Config of the model.</param>
    /// <param name="precision">Precision of products.</param>
    /// <param name="tokens">Token counts of the batch.</param>
    /// <returns>Bytes of the layers, without those of the LM head.</returns>
    internal static long OfLayers(T5Config config, Precision precision, StepTokens tokens)
    {
        var memory = new KernelMemory(config, precision, tokens);
        return memory.Stack(tokens.Inputs, tokens.LongestInput, config.NumLayers)
            + memory.Stack(tokens.Targets, tokens.LongestTarget, config.NumDecoderLayers)
            + (config.NumDecoderLayers * memory.CrossAttention());
    }

    /// <inheritdoc cref="OfLayers"/>
    /// <returns>Bytes of the logits and of their gradient or that of the LM head's weight, whichever is larger.</returns>
    internal static long OfHead(T5Config config, Precision precision, StepTokens tokens)
    {
        var memory = new KernelMemory(config, precision, tokens);
        return memory._operand * config.VocabSize * (tokens.Targets + Math.Max(tokens.Targets, config.DModel));
    }

    private long Stack(long rows, long longest, int layers)
    {
        long result = rows * _config.DModel * sizeof(float); // of the last norm
        return Norm(rows) + result + (layers * ((2 * Norm(rows)) + Attention(rows, longest, longest) + FeedForward(rows)));
    }

    /// <summary>The encoder's output is cast for each layer.</summary>
    private long CrossAttention() =>
        Norm(_tokens.Targets) + Attention(_tokens.Targets, _tokens.LongestTarget, _tokens.LongestInput)
        + (_operand < sizeof(float) ? _tokens.Inputs * _config.DModel * _operand : 0);

    /// <summary>Residual stream and normalised sum.</summary>
    private long Norm(long rows) => rows * _config.DModel * (sizeof(float) + _operand);

    /// <summary>q, k, v by sequence and head, scores, dropped weights and their statistics; the result in rows.</summary>
    private long Attention(long rows, long queries, long keys)
    {
        long padded = (queries + (2 * keys)) * _config.InnerSize * _operand;
        long scores = queries * _config.NumHeads * ((2 * keys * _operand) + (2 * sizeof(float)));
        return (_tokens.Sequences * (padded + scores)) + (rows * _config.InnerSize * _operand);
    }

    /// <summary>Products, and the activation after dropout.</summary>
    private long FeedForward(long rows) => rows * _config.DFf * (_config.IsGated ? 3 : 2) * _operand;
}
