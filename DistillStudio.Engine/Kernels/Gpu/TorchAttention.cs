using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary>Attention over packed rows by libtorch's operators, without reading anything from the device.</summary>
internal static class TorchAttention
{
    /// <inheritdoc cref="IFusedOperations.GatherHeads"/>
    internal static Tensor GatherHeads(Tensor packed, Tensor starts, int length, int heads)
    {
        using DisposeScope scope = NewDisposeScope();
        using Scalar last = packed.shape[0] - 1;
        using Scalar zero = 0;
        (Tensor rows, Tensor isReal) = RowsOf(starts, length);                                                   // [B, L]
        Tensor chosen = packed.index_select(0, rows.clamp_max(last).clamp_min(zero).view(-1));
        Tensor real = chosen.masked_fill(isReal.view(-1, 1).logical_not(), zero);                                // zeros stop NaN too
        return real.view(rows.shape[0], length, heads, -1).transpose(1, 2).contiguous().MoveToOuterDisposeScope();
    }

    /// <inheritdoc cref="IFusedOperations.ScatterHeads"/>
    internal static Tensor ScatterHeads(Tensor padded, Tensor starts, long rows)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor places, Tensor isReal) = RowsOf(starts, (int)padded.shape[2]);
        using Scalar spare = rows; // takes what belongs to no row
        Tensor flat = padded.transpose(1, 2).reshape(places.numel(), -1);
        Tensor packed = zeros([rows + 1, flat.shape[1]], padded.dtype, padded.device);
        return packed.index_copy(0, places.masked_fill(isReal.logical_not(), spare).view(-1), flat).narrow(0, 0, rows).contiguous()
            .MoveToOuterDisposeScope();
    }

    /// <inheritdoc cref="IFusedOperations.Attend"/>
    internal static Tensor Attend(AttentionOperands operands, AttentionMap map, MaskSource source, GpuMask mask)
    {
        using DisposeScope scope = NewDisposeScope();
        (SequenceRows queries, SequenceRows keys) = (map.Queries, map.Keys);
        Tensor q = GatherHeads(operands.Q, queries.Starts, queries.Length, map.Heads);
        Tensor k = GatherHeads(operands.K, keys.Starts, keys.Length, map.Heads);
        Tensor v = GatherHeads(operands.V, keys.Starts, keys.Length, map.Heads);
        Tensor scores = q.flatten(0, 1).bmm(k.flatten(0, 1).transpose(1, 2)).to(ScalarType.Float32)
            .view(-1, map.Heads, queries.Length, keys.Length);                                                    // [B, H, Q, K]
        Tensor distances = Positions(keys.Length, q).unsqueeze(0) - Positions(queries.Length, q).unsqueeze(1);    // [Q, K]
        if (operands.Table is { } table && map.Buckets is { } buckets)
        {
            using Scalar reach = map.Reach;
            using Scalar least = -map.Reach;
            Tensor near = distances.clamp(least, reach).add(reach).view(-1);
            Tensor bias = table.index_select(0, buckets.index_select(0, near));
            scores = scores + bias.view(queries.Length, keys.Length, map.Heads).permute(2, 0, 1);
        }

        using Scalar lowest = float.MinValue;
        using Scalar zero = 0;
        Tensor hidden = RowsOf(keys.Starts, keys.Length).IsReal.logical_not().view(-1, 1, 1, keys.Length);        // [B, 1, 1, K]
        hidden = map.IsCausal ? hidden.logical_or(distances.gt(zero)) : hidden;
        Tensor weights = scores.masked_fill(hidden, lowest).softmax(-1).masked_fill(hidden, zero);                // a query may have no key
        weights = weights * DropFactors(weights.shape, source, mask);
        Tensor mixed = weights.to(v.dtype).flatten(0, 1).bmm(v.flatten(0, 1)).view_as(q);
        return ScatterHeads(mixed, queries.Starts, operands.Q.shape[0]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc cref="IFusedOperations.AttendBackward"/>
    internal static (Tensor Q, Tensor K, Tensor V, Tensor? Table) AttendBackward(
        AttentionOperands operands, AttentionMap map, MaskSource source, GpuMask mask, Tensor gradient)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable grad = enable_grad();
        Tensor?[] all = [operands.Q, operands.K, operands.V, operands.Table];
        Tensor[] leaves = [.. all.OfType<Tensor>().Select(operand => operand.detach().requires_grad_())];
        var own = new AttentionOperands(leaves[0], leaves[1], leaves[2], leaves.ElementAtOrDefault(3));
        IList<Tensor> gradients = autograd.grad([Attend(own, map, source, mask)], leaves, [gradient]);
        foreach (Tensor each in gradients)
        {
            each.MoveToOuterDisposeScope();
        }

        return (gradients[0], gradients[1], gradients[2], gradients.ElementAtOrDefault(3));
    }

    /// <summary>Returns the factors of dropped attention weights.</summary>
    /// <param name="shape">[B, H, Q, K]</param>
    /// <param name="source">Keys of the sequences, and the seed.</param>
    internal static Tensor DropFactors(long[] shape, MaskSource source, GpuMask mask)
    {
        using DisposeScope scope = NewDisposeScope();
        if (mask.Threshold == 0)
        {
            return ones(1, device: source.Seed.device).MoveToOuterDisposeScope();
        }

        using Scalar sequence = (long)RowKeys.OfAttention(1, 0, 0);
        using Scalar head = (long)RowKeys.OfAttention(0, 1, 0);
        Tensor keys = (source.Keys * sequence).view(-1, 1, 1)
            + (arange(shape[1], ScalarType.Int64, source.Seed.device) * head).view(1, -1, 1)
            + arange(shape[2], ScalarType.Int64, source.Seed.device).view(1, 1, -1);
        return TorchMasks.Factors(keys.view(-1), source.Seed, mask, shape[3]).view(shape).MoveToOuterDisposeScope();
    }

    /// <returns>[B, L]: row of each position of each sequence, and whether the sequence has that position.</returns>
    private static (Tensor Rows, Tensor IsReal) RowsOf(Tensor starts, int length)
    {
        long sequences = starts.numel() - 1;
        Tensor rows = starts.narrow(0, 0, sequences).unsqueeze(1) + Positions(length, starts).unsqueeze(0);
        return (rows, rows.lt(starts.narrow(0, 1, sequences).unsqueeze(1)));
    }

    private static Tensor Positions(int length, Tensor like) => arange(length, ScalarType.Int64, like.device);
}
