using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary>Parts of attention over packed rows by libtorch's operators, without reading anything from the device.</summary>
internal static class TorchAttention
{
    /// <inheritdoc cref="IFusedOperations.GatherHeads"/>
    internal static Tensor GatherHeads(Tensor packed, Tensor starts, int length, int heads)
    {
        using DisposeScope scope = NewDisposeScope();
        using Scalar last = (packed.shape[0] - 1).ToScalar();
        using Scalar zero = 0.ToScalar();
        (Tensor rows, Tensor isReal) = RowsOf(starts, length);                                                   // [B, L]
        Tensor chosen = packed.index_select(0, rows.clamp_max(last).clamp_min(zero).view(-1));
        Tensor real = chosen.masked_fill(isReal.view(-1, 1).logical_not(), zero);                                // zeros stop NaN too
        return real.view(rows.shape[0], length, heads, -1).transpose(1, 2).contiguous().MoveToOuterDisposeScope();
    }

    /// <inheritdoc cref="IFusedOperations.ScatterHeads"/>
    internal static void ScatterHeads(Tensor padded, Tensor starts, Tensor packed)
    {
        using DisposeScope scope = NewDisposeScope();
        using Scalar spare = packed.shape[0].ToScalar(); // takes what belongs to no row
        (Tensor places, Tensor isReal) = RowsOf(starts, (int)padded.shape[2]);
        Tensor flat = padded.transpose(1, 2).reshape(places.numel(), -1);
        Tensor target = cat([packed, packed.new_zeros(1, packed.shape[1])]);
        target.index_copy_(0, places.masked_fill(isReal.logical_not(), spare).view(-1), flat);
        packed.copy_(target.narrow(0, 0, packed.shape[0]));
    }

    /// <inheritdoc cref="IFusedOperations.AttentionWeights"/>
    internal static Tensor Weights(Tensor scores, Tensor? table, AttentionMap map, MaskSource source, GpuMask mask)
    {
        using DisposeScope scope = NewDisposeScope();
        (int queries, int keys) = ((int)scores.shape[2], (int)scores.shape[3]);
        Tensor biased = scores.to(ScalarType.Float32);
        Tensor distances = Positions(keys, scores).unsqueeze(0) - Positions(queries, scores).unsqueeze(1);        // [Q, K]
        if (table is not null && map.Buckets is { } buckets)
        {
            using Scalar reach = map.Reach.ToScalar();
            using Scalar least = (-map.Reach).ToScalar();
            Tensor near = distances.clamp(least, reach).add(reach, TensorArithmetic.One).view(-1);
            Tensor bias = table.index_select(0, buckets.index_select(0, near));
            biased = biased.Plus(bias.view(queries, keys, map.Heads).permute(2, 0, 1));
        }

        using Scalar lowest = float.MinValue.ToScalar();
        using Scalar zero = 0.ToScalar();
        Tensor hidden = RowsOf(map.Keys.Starts, keys).IsReal.logical_not().view(-1, 1, 1, keys)                   // [B, 1, 1, K]
            .logical_or(RowsOf(map.Queries.Starts, queries).IsReal.logical_not().view(-1, 1, queries, 1));
        hidden = map.IsCausal ? hidden.logical_or(distances.gt(zero)) : hidden;
        Tensor weights = biased.masked_fill(hidden, lowest).softmax(-1).masked_fill(hidden, zero);                // a query may have no key
        return (weights * DropFactors(weights.shape, source, mask)).to(scores.dtype).MoveToOuterDisposeScope();
    }

    /// <inheritdoc cref="IFusedOperations.AttentionWeightsBackward"/>
    internal static (Tensor Scores, Tensor? Table) WeightsBackward(
        Tensor scores, Tensor? table, AttentionMap map, MaskSource source, GpuMask mask, Tensor gradient)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable grad = enable_grad();
        Tensor[] leaves = [.. ((Tensor?[])[scores, table]).OfType<Tensor>().Select(operand => operand.detach().requires_grad_())];
        IList<Tensor> gradients = autograd.grad(
            [Weights(leaves[0], leaves.ElementAtOrDefault(1), map, source, mask)], leaves, [gradient]);
        foreach (Tensor each in gradients)
        {
            each.MoveToOuterDisposeScope();
        }

        return (gradients[0], gradients.ElementAtOrDefault(1));
    }

    /// <summary>Returns the factors of dropped attention weights.</summary>
    /// <param name="shape">[B, H, Q, K]</param>
    /// <param name="source">Keys of the sequences, and the seed.</param>
    private static Tensor DropFactors(long[] shape, MaskSource source, GpuMask mask)
    {
        using DisposeScope scope = NewDisposeScope();
        if (mask.Threshold == 0)
        {
            return ones(1, device: source.Seed.device).MoveToOuterDisposeScope();
        }

        using Scalar sequence = ((long)RowKeys.OfAttention(1, 0, 0)).ToScalar();
        using Scalar head = ((long)RowKeys.OfAttention(0, 1, 0)).ToScalar();
        Tensor keys = (source.Keys * sequence).view(-1, 1, 1)
            .Plus((Positions(shape[1], source.Seed) * head).view(1, -1, 1))
            .Plus(Positions(shape[2], source.Seed).view(1, 1, -1));
        return TorchMasks.Factors(keys.view(-1), source.Seed, mask, shape[3]).view(shape).MoveToOuterDisposeScope();
    }

    /// <returns>[B, L]: row of each position of each sequence, and whether the sequence has that position.</returns>
    private static (Tensor Rows, Tensor IsReal) RowsOf(Tensor starts, int length)
    {
        long sequences = starts.numel() - 1;
        Tensor rows = starts.narrow(0, 0, sequences).unsqueeze(1).Plus(Positions(length, starts).unsqueeze(0));
        return (rows, rows.lt(starts.narrow(0, 1, sequences).unsqueeze(1)));
    }

    private static Tensor Positions(long length, Tensor like) => TensorArithmetic.Range(length, like.device);
}
