using DistillStudio.Engine.Backends.Cpu;
using DistillStudio.Engine.Backends.Gpu;
using DistillStudio.Engine.Model;
using TorchSharp;

namespace DistillStudio.Engine.Backends;

/// <summary>Token counts of a batch, which determine its memory.</summary>
/// <param name="Sequences">Rows times tasks.</param>
/// <param name="Inputs">Input tokens of all sequences.</param>
/// <param name="Targets">Target tokens of all sequences.</param>
/// <param name="LongestInput">Input tokens of the longest sequence.</param>
/// <param name="LongestTarget">Target tokens of the longest sequence.</param>
public sealed record StepTokens(int Sequences, long Inputs, long Targets, int LongestInput, int LongestTarget);

/// <summary>
/// Estimates the peak memory of a batch's forward and backward pass, including weights and gradients but not the optimiser's state.
/// </summary>
public static class StepMemory
{
    // libtorch's autograd does not report what it keeps: these are the tensors kept for each token, counted along the layers.
    private const int StreamsPerSublayer = 4; // residual, normalised, weighted, after dropout: float32
    private const int ProjectionsPerAttention = 9; // q, k, v, each also by sequence and head, and the results back in row layout
    private const int InnersPerFeedForward = 3; // product, activation, after dropout
    private const int ScoresPerHead = 4; // with bias, attention weights, mask, after dropout: float32
    private const int LogitsPerTarget = 5; // logits, in float32, their logarithms, and the gradients of both

    /// <param name="config">Config of the model.</param>
    /// <param name="precision">Precision of products.</param>
    /// <param name="device">Device of the model.</param>
    /// <param name="tokens">Token counts of the largest batch.</param>
    /// <param name="threads">CPU threads used.</param>
    /// <param name="isAutograd">True if the method needs autograd on every device.</param>
    /// <param name="hasOwnKernels">Whether own kernels compute on a GPU.</param>
    /// <returns>Bytes on that device.</returns>
    public static long Bytes(
        T5Config config, Precision precision, DeviceType device, StepTokens tokens, int threads, bool isAutograd = false,
        bool hasOwnKernels = false)
    {
        long weights = config.ParameterCount * 2 * sizeof(float);
        long casts = precision == Precision.BFloat16 ? config.ParameterCount * sizeof(ushort) : 0;
        return weights + casts + (
            !isAutograd && ComputeBackends.UsesCpuBackend(config, device)
                ? ArenaPlan.Bytes(config, precision, tokens, threads)
                : OfTensors(config, precision, tokens, hasOwnKernels, isAutograd));
    }

    /// <summary>Returns what a batch's forward and backward pass takes outside of the CPU backend, in bytes.</summary>
    /// <param name="hasOwnKernels">Whether own kernels compute.</param>
    /// <param name="comparesLogits">Whether the loss reads the logits themselves, which no kernel does.</param>
    internal static long OfTensors(
        T5Config config, Precision precision, StepTokens tokens, bool hasOwnKernels, bool comparesLogits = false)
    {
        long layers = hasOwnKernels ? KernelMemory.OfLayers(config, precision, tokens) : Layers(config, precision, tokens);
        return layers + (hasOwnKernels && !comparesLogits
            ? KernelMemory.OfHead(config, precision, tokens)
            : tokens.Targets * config.VocabSize * LogitsPerTarget * sizeof(float));
    }

    /// <summary>Returns what libtorch's autograd keeps for the layers, in bytes.</summary>
    private static long Layers(T5Config config, Precision precision, StepTokens tokens)
    {
        long operand = precision == Precision.BFloat16 ? sizeof(ushort) : sizeof(float);
        long stream = (long)StreamsPerSublayer * config.DModel * sizeof(float);
        long projections = ProjectionsPerAttention * config.InnerSize * operand;
        long feedForward = InnersPerFeedForward * config.DFf * (config.IsGated ? 2 : 1) * operand;
        long scores = (long)ScoresPerHead * config.NumHeads * sizeof(float);
        long Padded(long longest) => tokens.Sequences * longest;
        long encoder = (tokens.Inputs * ((2 * stream) + projections + feedForward))
            + (Padded(tokens.LongestInput) * tokens.LongestInput * scores);
        long decoder = (tokens.Targets * ((3 * stream) + (2 * projections) + feedForward))
            + (Padded(tokens.LongestTarget) * (tokens.LongestTarget + tokens.LongestInput) * scores);
        return (config.NumLayers * encoder) + (config.NumDecoderLayers * decoder);
    }
}
