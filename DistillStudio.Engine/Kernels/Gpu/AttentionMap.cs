using static TorchSharp.torch;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary>Operands of an attention over packed rows, float32 or bfloat16. Rows may lie apart, those of k and v equally far.</summary>
/// <param name="Q">[N, H · d_kv]</param>
/// <param name="K">[M, H · d_kv]</param>
/// <param name="V">[M, H · d_kv]</param>
/// <param name="Table">[buckets, H], float32: position bias of each bucket; null for none.</param>
internal sealed record AttentionOperands(Tensor Q, Tensor K, Tensor V, Tensor? Table);

/// <summary>Where the gradients of <see cref="AttentionOperands"/> are written.</summary>
internal sealed record AttentionGradients(Tensor Q, Tensor K, Tensor V);

/// <summary>Which packed rows attend to which.</summary>
/// <param name="Queries">Rows of the queries.</param>
/// <param name="Keys">Rows of the keys and values; the same number of sequences.</param>
/// <param name="Buckets">[2 · reach + 1], int64: bucket of each distance from −reach, key position minus query position; null without
/// position bias.</param>
/// <param name="Heads">H</param>
/// <param name="IsCausal">Whether a query attends only to keys up to its own position.</param>
internal sealed record AttentionMap(SequenceRows Queries, SequenceRows Keys, Tensor? Buckets, int Heads, bool IsCausal)
{
    /// <summary>Distance of the middle of the bucket table from its ends.</summary>
    internal int Reach => Buckets is null ? 0 : (int)(Buckets.numel() - 1) / 2;
}

/// <summary>Packed rows by sequence.</summary>
/// <param name="Owners">[N], int64: sequence of each row. A row of padding belongs to a sequence without rows.</param>
/// <param name="Starts">[B + 1], int64: first row of each sequence, and the end of the last.</param>
/// <param name="Length">Rows of the longest sequence, or more.</param>
internal sealed record SequenceRows(Tensor Owners, Tensor Starts, int Length);
