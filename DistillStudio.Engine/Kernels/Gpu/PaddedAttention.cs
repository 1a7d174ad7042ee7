using static TorchSharp.torch;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary>
/// Attention by libtorch's products over padded heads, with own kernels before, between and after them; computes the same as
/// <see cref="IFusedOperations.Attend"/>. The backward pass reads what the forward pass has kept.
/// </summary>
internal static class PaddedAttention
{
    /// <summary>Number of tensors that <see cref="Forward"/> returns.</summary>
    internal const int KeptTensors = 6;

    /// <inheritdoc cref="IFusedOperations.Attend"/>
    /// <param name="by">The kernels.</param>
    /// <returns>What the backward pass reads: q, k and v [B, H, L, d_kv], q kᵀ, the dropped weights, and their statistics.</returns>
    internal static Tensor[] Forward(
        IFusedOperations by, AttentionOperands operands, AttentionMap map, MaskSource source, GpuMask mask, Tensor output)
    {
        Tensor q = by.GatherHeads(operands.Q, map.Queries.Starts, map.Queries.Length, map.Heads);
        Tensor k = by.GatherHeads(operands.K, map.Keys.Starts, map.Keys.Length, map.Heads);
        Tensor v = by.GatherHeads(operands.V, map.Keys.Starts, map.Keys.Length, map.Heads);
        Tensor scores = Multiply(q, k.transpose(2, 3));
        (Tensor dropped, Tensor statistics) = by.AttentionWeights(scores, operands.Table, map, source, mask);
        by.ScatterHeads(Multiply(dropped, v), map.Queries.Starts, output);
        return [q, k, v, scores, dropped, statistics];
    }

    /// <inheritdoc cref="IFusedOperations.AttendBackward"/>
    /// <param name="by">The kernels.</param>
    /// <param name="kept">From <see cref="Forward"/>.</param>
    /// <param name="table">[buckets, H], float32; null for none.</param>
    internal static Tensor? Backward(
        IFusedOperations by, ReadOnlySpan<Tensor> kept, Tensor? table, AttentionMap map, MaskSource source, GpuMask mask, Tensor gradient,
        AttentionGradients gradients)
    {
        (Tensor q, Tensor k, Tensor v, Tensor scores, Tensor dropped) = (kept[0], kept[1], kept[2], kept[3], kept[4]);
        Tensor mixed = by.GatherHeads(gradient, map.Queries.Starts, map.Queries.Length, map.Heads);
        (Tensor ds, Tensor? tableGradient) = by.AttentionWeightsBackward(
            scores, table, map, source, mask, Multiply(mixed, v.transpose(2, 3)), kept[5]);
        by.ScatterHeads(Multiply(dropped.transpose(2, 3), mixed), map.Keys.Starts, gradients.V);
        by.ScatterHeads(Multiply(ds, k), map.Queries.Starts, gradients.Q);
        by.ScatterHeads(Multiply(ds.transpose(2, 3), q), map.Keys.Starts, gradients.K);
        return tableGradient;
    }

    /// <param name="left">[B, H, M, N]</param>
    /// <param name="right">[B, H, N, P]</param>
    /// <returns>[B, H, M, P], contiguous</returns>
    private static Tensor Multiply(Tensor left, Tensor right) =>
        left.flatten(0, 1).bmm(right.flatten(0, 1)).view(left.shape[0], left.shape[1], left.shape[2], right.shape[3]);
}
