using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Model;

namespace DistillStudio.Engine.Backends;

/// <summary>
/// Floating-point operations that a T5's weight matrices need for tokens that are no padding: two for each weight and token forward, four
/// more backward. What a program does beyond that (attention, norms, padding) is not useful work in this sense.
/// </summary>
/// <param name="config">The model's shape.</param>
public sealed class ModelFlops(T5Config config)
{
    private const double Forward = 2;
    private const double ForwardAndBackward = 6;

    /// <summary>Weights that each input token meets: the encoder, and the decoder's keys and values of it.</summary>
    private double PerInputToken =>
        (config.NumLayers * ((4.0 * config.InnerSize * config.DModel) + FeedForward)) + (config.NumDecoderLayers * 2.0 * config.InnerSize * config.DModel);

    /// <summary>Weights that each target token meets: the rest of the decoder, and the head.</summary>
    private double PerTargetToken =>
        (config.NumDecoderLayers * ((6.0 * config.InnerSize * config.DModel) + FeedForward)) + ((double)config.VocabSize * config.DModel);

    private double FeedForward => (config.IsGated ? 3.0 : 2.0) * config.DModel * config.DFf;

    /// <summary>Of one forward and backward pass.</summary>
    public double OfTraining(long inputTokens, long targetTokens) =>
        ForwardAndBackward * ((PerInputToken * inputTokens) + (PerTargetToken * targetTokens));

    /// <summary>Of reading inputs and writing answers with a cache.</summary>
    public double OfGeneration(long inputTokens, long writtenTokens) =>
        Forward * ((PerInputToken * inputTokens) + (PerTargetToken * writtenTokens));
}
