using DistillStudio.Engine.Backends.Cpu;
using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Model.ByHand;
using TorchSharp;

namespace DistillStudio.Engine.Backends;

/// <summary>A batch as far as memory hangs on it.</summary>
/// <param name="Sequences">Rows times tasks.</param>
/// <param name="Inputs">Tokens read, of all sequences.</param>
/// <param name="Targets">Tokens written, of all sequences.</param>
/// <param name="LongestInput">Tokens of one sequence.</param>
/// <param name="LongestTarget">Tokens of one sequence.</param>
public sealed record StepTokens(int Sequences, long Inputs, long Targets, int LongestInput, int LongestTarget);

/// <summary>What forward and backward of a batch take, weights and gradients included, the optimiser's state not.</summary>
public static class StepMemory
{
    // Of libtorch's own backward pass there is no list to follow: these are the tensors it keeps for each token, counted along the layers.
    private const int StreamsPerSublayer = 4; // residual, its square's root applied, weighted, dropped: float32
    private const int ProjectionsPerAttention = 9; // q, k, v, each also by sequence and head, and the way back from there
    private const int InnersPerFeedForward = 3; // product, activation, dropped
    private const int ScoresPerHead = 4; // with bias, shares, mask, dropped: float32
    private const int LogitsPerTarget = 5; // logits, in float32, their logarithms, and the gradients of both

    /// <param name="config">Of the model.</param>
    /// <param name="precision">Of products.</param>
    /// <param name="device">Where it is computed.</param>
    /// <param name="tokens">Of the largest batch.</param>
    /// <param name="threads">CPU threads that share the work.</param>
    /// <returns>Bytes, on that device.</returns>
    public static long Bytes(T5Config config, Precision precision, DeviceType device, StepTokens tokens, int threads)
    {
        long weights = config.ParameterCount * 2 * sizeof(float);
        long casts = precision == Precision.BFloat16 ? config.ParameterCount * sizeof(ushort) : 0;
        return weights + casts + (ComputeBackends.UsesCpuBackend(config, device) ? ArenaPlan.Bytes(config, precision, tokens, threads) : Autograd(config, precision, tokens));
    }

    private static long Autograd(T5Config config, Precision precision, StepTokens tokens)
    {
        long operand = precision == Precision.BFloat16 ? sizeof(ushort) : sizeof(float);
        long stream = (long)StreamsPerSublayer * config.DModel * sizeof(float);
        long projections = ProjectionsPerAttention * config.InnerSize * operand;
        long feedForward = InnersPerFeedForward * config.DFf * (config.IsGated ? 2 : 1) * operand;
        long scores = (long)ScoresPerHead * config.NumHeads * sizeof(float);
        long Padded(long longest) => tokens.Sequences * longest;
        long encoder = (tokens.Inputs * ((2 * stream) + projections + feedForward)) + (Padded(tokens.LongestInput) * tokens.LongestInput * scores);
        long decoder = (tokens.Targets * ((3 * stream) + (2 * projections) + feedForward)) + (Padded(tokens.LongestTarget) * (tokens.LongestTarget + tokens.LongestInput) * scores);
        long logits = tokens.Targets * config.VocabSize * LogitsPerTarget * sizeof(float);
        return (config.NumLayers * encoder) + (config.NumDecoderLayers * decoder) + logits;
    }
}
