using DistillStudio.Engine.Model;

namespace DistillStudio.Engine.Backends;

/// <summary>
/// Computes the model FLOPs: floating-point operations of a T5's weight matrices for tokens that are not padding, two per weight and
/// token in the forward pass, four more in the backward pass. Excludes all other work (attention, norms, padding).
/// </summary>
/// <param name="config">Shape of the model.</param>
public sealed class ModelFlops(T5Config config)
{
    private const double Forward = 2;
    private const double ForwardAndBackward = 6;

    /// <summary>Weights applied to each input token: the encoder, and the keys and values of cross-attention.</summary>
    private double PerInputToken =>
        (config.NumLayers * ((4.0 * config.InnerSize * config.DModel) + FeedForward))
            + (config.NumDecoderLayers * 2.0 * config.InnerSize * config.DModel);

    /// <summary>Weights applied to each target token: the rest of the decoder, and the LM head.</summary>
    private double PerTargetToken =>
        (config.NumDecoderLayers * ((6.0 * config.InnerSize * config.DModel) + FeedForward)) + ((double)config.VocabSize * config.DModel);

    private double FeedForward => (config.IsGated ? 3.0 : 2.0) * config.DModel * config.DFf;

    /// <summary>Model FLOPs of one forward and backward pass.</summary>
    public double OfTraining(long inputTokens, long targetTokens) =>
        ForwardAndBackward * ((PerInputToken * inputTokens) + (PerTargetToken * targetTokens));

    /// <summary>Model FLOPs of encoding inputs and generating answers with a cache.</summary>
    public double OfGeneration(long inputTokens, long writtenTokens) =>
        Forward * ((PerInputToken * inputTokens) + (PerTargetToken * writtenTokens));
}
