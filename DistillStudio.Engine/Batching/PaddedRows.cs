using DistillStudio.Engine.Kernels.Gpu;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Batching;

/// <summary>
/// Consecutive rows of a packed batch, as attention reads them: each padded to the longest, with the mapping in both directions.
/// </summary>
/// <param name="First">Index of the rows' first token in the packed batch.</param>
/// <param name="Tokens">Total number of tokens in the rows.</param>
/// <param name="Rows">Number of rows.</param>
/// <param name="Length">Tokens in the longest row.</param>
/// <param name="Sequences">[Rows]: dropout key of each row.</param>
/// <param name="Places">[Tokens], int64: index of each token in [Rows · Length]; null if no row is padded.</param>
/// <param name="Bias">[Rows, 1, 1, Length], float32: added to the attention scores where these rows are keys, the lowest finite value for
/// padding; null if no row is padded.</param>
internal sealed record PaddedRows(long First, long Tokens, long Rows, long Length, uint[] Sequences, Tensor? Places, Tensor? Bias)
{
    /// <summary>The rows on the device, within their own tokens, as own kernels read them; null until they are there.</summary>
    internal SequenceRows? OnDevice { get; init; }

    /// <summary>Returns the rows' own tokens.</summary>
    /// <param name="packed">[all tokens, W]</param>
    internal Tensor OwnOf(Tensor packed) => Tokens == packed.shape[0] ? packed : packed.narrow(0, First, Tokens);

    /// <param name="packed">[all tokens, W]</param>
    /// <returns>[Rows, Length, W], zeros where there is no token. The backward pass is a plain selection, without conflicts between
    /// tokens.</returns>
    internal Tensor Pad(Tensor packed)
    {
        long width = packed.shape[1];
        Tensor own = OwnOf(packed);
        return (Places is null ? own : zeros([Rows * Length, width], packed.dtype, packed.device).index_copy_(0, Places, own))
            .view(Rows, Length, width);
    }

    /// <param name="padded">[Rows, Length, W]</param>
    /// <returns>[Tokens, W]</returns>
    internal Tensor Unpad(Tensor padded)
    {
        Tensor flat = padded.view(Rows * Length, padded.shape[2]);
        return Places is null ? flat : flat.index_select(0, Places);
    }
}

/// <summary>Pairs queries with the keys they attend to.</summary>
/// <param name="Queries">Rows of the queries.</param>
/// <param name="Keys">The same rows, or their inputs in cross-attention.</param>
/// <param name="Bias">Broadcasts to [Rows, H, Queries.Length, Keys.Length], float32; null if own kernels compute it.</param>
internal sealed record AttentionSpan(PaddedRows Queries, PaddedRows Keys, Tensor? Bias)
{
    /// <summary>What own kernels compute the bias from; null if they do not compute, and in cross-attention.</summary>
    internal BucketedBias? Buckets { get; init; }
}

/// <summary>Position bias by distance, key position minus query position.</summary>
/// <param name="Table">[buckets, H], float32: learned.</param>
/// <param name="Buckets">[2 · reach + 1], int64: bucket of each distance from −reach; that of the ends holds beyond.</param>
/// <param name="IsCausal">Whether a query attends only to keys up to its own position.</param>
internal sealed record BucketedBias(Tensor Table, Tensor Buckets, bool IsCausal);
