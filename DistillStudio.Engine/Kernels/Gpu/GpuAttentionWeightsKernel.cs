using ILGPU;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary>
/// What lies between the two products of T5's attention, in one pass over the scores: position bias, masks of padding and of later
/// positions, softmax and dropout. A warp computes a row of K, index (b · H + h) · Q + q; the warps of the grid take turns.
/// </summary>
/// <remarks>Parameters as for <see cref="GpuAttentionKernel"/>; <c>scores</c> s = q kᵀ, [B, H, Q, K].</remarks>
internal static class GpuAttentionWeightsKernel
{
    /// <summary>Statistics per row: highest score, and 1 / Σ exp.</summary>
    internal const int Statistics = 2;

    /// <summary>Most warps of a group that <see cref="Forward"/> and <see cref="Backward"/> have memory for.</summary>
    internal const int MostWarps = 8;

    private const int Held = 256; // elements of a row that are not computed twice

    /// <param name="queries">Q</param>
    /// <param name="keys">K</param>
    /// <param name="rows">B · H · Q</param>
    /// <param name="dropped">Receives drop(softmax(s + bias)), [B, H, Q, K], zeros where there is no query or key.</param>
    /// <param name="statistics">Receives [B, H, Q, 2].</param>
    internal static void Forward<T, TFormat>(
        ArrayView<T> scores, ArrayView<float> table, ArrayView<long> buckets, ArrayView<long> queryStarts, ArrayView<long> keyStarts,
        ArrayView<long> sequences, ArrayView<long> seed, GpuMask mask, GpuAttentionShape shape, int queries, int keys, int rows,
        ArrayView<T> dropped, ArrayView<float> statistics)
        where T : unmanaged
        where TFormat : struct, IGpuFormat<T>
    {
        ArrayView<float> held = SharedMemory.Allocate<float>(MostWarps * Held); // read by the thread that wrote
        int own = Warp.WarpIdx * Held;
        int warps = Group.DimX / Warp.WarpSize;
        GpuStepMask masks = mask.Step(seed[0]);
        for (int row = (Grid.IdxX * warps) + Warp.WarpIdx; row < rows; row += Grid.DimX * warps)
        {
            int query = row % queries;
            int head = row / queries % shape.Heads;
            int sequence = row / queries / shape.Heads;
            int count = CountOf(queryStarts, keyStarts, shape, sequence, query);
            ArrayView<T> s = GpuRows.Of(scores, row, keys, keys);
            ArrayView<T> weights = GpuRows.Of(dropped, row, keys, keys);
            float most = float.MinValue;
            for (int j = Warp.LaneIdx; j < count; j += Warp.WarpSize)
            {
                float score = Score<T, TFormat>(s, j, table, buckets, shape, head, j - query);
                if (j < Held)
                {
                    held[own + j] = score;
                }

                most = score > most ? score : most;
            }

            most = GroupReduction.WarpMax(most);
            float sum = 0;
            for (int j = Warp.LaneIdx; j < count; j += Warp.WarpSize)
            {
                float score = j < Held ? held[own + j] : Score<T, TFormat>(s, j, table, buckets, shape, head, j - query);
                float share = GpuMath.Exp(score - most);
                if (j < Held)
                {
                    held[own + j] = share;
                }

                sum += share;
            }

            float inverse = 1 / GroupReduction.WarpSum(sum);
            GpuRowMask drop = masks.Row(RowKeys.OfAttention((uint)sequences[sequence], head, query));
            for (int j = Warp.LaneIdx; j < keys; j += Warp.WarpSize)
            {
                float share = 0;
                if (j < count)
                {
                    share = j < Held
                        ? held[own + j]
                        : GpuMath.Exp(Score<T, TFormat>(s, j, table, buckets, shape, head, j - query) - most);
                    share *= inverse * drop.Factor(j);
                }

                weights[j] = TFormat.Store(share);
            }

            if (Warp.LaneIdx == 0)
            {
                statistics[(long)row * Statistics] = most;
                statistics[((long)row * Statistics) + 1] = inverse;
            }
        }
    }

    /// <param name="gradient">Gradient of the dropped weights.</param>
    /// <param name="scoreGradient">Receives ds, [B, H, Q, K], zeros where there is no query or key.</param>
    internal static void Backward<T, TFormat>(
        ArrayView<T> scores, ArrayView<float> table, ArrayView<long> buckets, ArrayView<long> queryStarts, ArrayView<long> keyStarts,
        ArrayView<long> sequences, ArrayView<long> seed, GpuMask mask, GpuAttentionShape shape, int queries, int keys, int rows,
        ArrayView<T> gradient, ArrayView<float> statistics, ArrayView<T> scoreGradient)
        where T : unmanaged
        where TFormat : struct, IGpuFormat<T>
    {
        ArrayView<float> heldShares = SharedMemory.Allocate<float>(MostWarps * Held);
        ArrayView<float> heldSlopes = SharedMemory.Allocate<float>(MostWarps * Held);
        int own = Warp.WarpIdx * Held;
        int warps = Group.DimX / Warp.WarpSize;
        GpuStepMask masks = mask.Step(seed[0]);
        for (int row = (Grid.IdxX * warps) + Warp.WarpIdx; row < rows; row += Grid.DimX * warps)
        {
            int query = row % queries;
            int head = row / queries % shape.Heads;
            int sequence = row / queries / shape.Heads;
            int count = CountOf(queryStarts, keyStarts, shape, sequence, query);
            ArrayView<T> s = GpuRows.Of(scores, row, keys, keys);
            ArrayView<T> dw = GpuRows.Of(gradient, row, keys, keys);
            ArrayView<T> ds = GpuRows.Of(scoreGradient, row, keys, keys);
            float most = statistics[(long)row * Statistics];
            float inverse = statistics[((long)row * Statistics) + 1];
            GpuRowMask drop = masks.Row(RowKeys.OfAttention((uint)sequences[sequence], head, query));
            float products = 0;
            for (int j = Warp.LaneIdx; j < count; j += Warp.WarpSize)
            {
                float share = GpuMath.Exp(Score<T, TFormat>(s, j, table, buckets, shape, head, j - query) - most) * inverse;
                float slope = TFormat.Load(dw[j]) * drop.Factor(j);
                if (j < Held)
                {
                    heldShares[own + j] = share;
                    heldSlopes[own + j] = slope;
                }

                products += share * slope;
            }

            products = GroupReduction.WarpSum(products);
            for (int j = Warp.LaneIdx; j < keys; j += Warp.WarpSize)
            {
                float result = 0;
                if (j < count)
                {
                    float share = j < Held
                        ? heldShares[own + j]
                        : GpuMath.Exp(Score<T, TFormat>(s, j, table, buckets, shape, head, j - query) - most) * inverse;
                    float slope = j < Held ? heldSlopes[own + j] : TFormat.Load(dw[j]) * drop.Factor(j);
                    result = share * (slope - products);
                }

                ds[j] = TFormat.Store(result);
            }
        }
    }

    /// <summary>
    /// Adds the gradient of the scores over some of the sequences, the first step towards that of the position bias. A group per part, head
    /// and query, index (part · H + h) · Q + q of the grid.
    /// </summary>
    /// <param name="scoreGradient">ds, [B, H, Q, K]</param>
    /// <param name="sequences">B</param>
    /// <param name="each">Sequences of a part; the last may have fewer.</param>
    /// <param name="lines">H · Q</param>
    /// <param name="keys">K</param>
    /// <param name="sums">Receives [parts, H, Q, K].</param>
    internal static void SumSequences<T, TFormat>(
        ArrayView<T> scoreGradient, int sequences, int each, int lines, int keys, ArrayView<float> sums)
        where T : unmanaged
        where TFormat : struct, IGpuFormat<T>
    {
        int first = Grid.IdxX / lines * each;
        int end = first + each < sequences ? first + each : sequences;
        long line = (long)(Grid.IdxX % lines) * keys;
        for (int j = Group.IdxX; j < keys; j += Group.DimX)
        {
            float sum = 0;
            for (int b = first; b < end; b++)
            {
                sum += TFormat.Load(scoreGradient[((long)b * lines * keys) + line + j]);
            }

            sums[((long)Grid.IdxX * keys) + j] = sum;
        }
    }

    /// <summary>Adds the sums of <see cref="SumSequences"/> over the distances of a bucket, index bucket · H + h of the grid.</summary>
    /// <param name="sums">[parts, H, Q, K]</param>
    /// <param name="parts">Number of parts.</param>
    /// <param name="tableGradient">Receives [buckets, H].</param>
    internal static void SumBuckets(
        ArrayView<float> sums, ArrayView<long> buckets, GpuAttentionShape shape, int parts, int queries, int keys,
        ArrayView<float> tableGradient)
    {
        int bucket = Grid.IdxX / shape.Heads;
        int head = Grid.IdxX % shape.Heads;
        float sum = 0;
        for (int i = Group.IdxX; i < queries * keys; i += Group.DimX)
        {
            if (GpuAttentionKernel.BucketOf(buckets, shape, (i % keys) - (i / keys)) == bucket)
            {
                for (int part = 0; part < parts; part++)
                {
                    sum += sums[((((long)part * shape.Heads) + head) * queries * keys) + i];
                }
            }
        }

        sum = GroupReduction.Sum(sum);
        if (Group.IdxX == 0)
        {
            tableGradient[Grid.IdxX] = sum;
        }
    }

    /// <summary>Returns the number of keys that a query attends to; 0 if the sequence is shorter.</summary>
    private static int CountOf(ArrayView<long> queryStarts, ArrayView<long> keyStarts, GpuAttentionShape shape, int sequence, int query) =>
        query < queryStarts[sequence + 1] - queryStarts[sequence]
            ? GpuAttentionKernel.KeysOf(shape, query, (int)(keyStarts[sequence + 1] - keyStarts[sequence]))
            : 0;

    private static float Score<T, TFormat>(
        ArrayView<T> row, int key, ArrayView<float> table, ArrayView<long> buckets, GpuAttentionShape shape, int head, int distance)
        where T : unmanaged
        where TFormat : struct, IGpuFormat<T> =>
        TFormat.Load(row[key]) + GpuAttentionKernel.Bias(table, buckets, shape, head, distance);
}
