using ILGPU;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary>
/// T5's attention over packed rows of unequal length (https://arxiv.org/abs/1910.10683, section 2.1): P = softmax(q kᵀ + bias of the
/// distance's bucket), o = drop(P) v. Nothing is padded, and the weights are recomputed in the backward pass. Computes products in plain
/// float32: it needs little memory, but a GPU's matrix units are faster where sequences are long.
/// </summary>
/// <remarks>
/// <c>q</c> [N, H · d_kv], <c>k</c> and <c>v</c> [M, H · d_kv], whose rows may lie apart; <c>queryStarts</c> and <c>keyStarts</c> [B + 1]:
/// first row of each sequence, and N or M; <c>sequences</c> [B]: dropout keys; <c>table</c> [buckets, H], empty without position bias;
/// <c>buckets</c> [2 · reach + 1]: bucket of the distances from −reach, key position minus query position.
/// </remarks>
internal static class GpuAttentionKernel
{
    /// <summary>Statistics per query and head: highest score, 1 / Σ exp, and Σ P ∘ dP, which the backward pass adds.</summary>
    internal const int Statistics = 3;

    /// <summary>A group computes one head of one query, index n · H + h of the grid.</summary>
    /// <param name="queryRows">[N]: sequence of each query.</param>
    /// <param name="output">Receives o, [N, H · d_kv].</param>
    /// <param name="statistics">Receives [N, H, 3], the first two.</param>
    internal static void Forward<T, TFormat>(
        ArrayView<T> q, ArrayView<T> k, ArrayView<T> v, ArrayView<float> table, ArrayView<long> buckets, ArrayView<long> queryRows,
        ArrayView<long> queryStarts, ArrayView<long> keyStarts, ArrayView<long> sequences, ArrayView<long> seed, GpuMask mask,
        GpuAttentionShape shape, ArrayView<T> output, ArrayView<float> statistics)
        where T : unmanaged
        where TFormat : struct, IGpuFormat<T>
    {
        ArrayView<float> weights = SharedMemory.Allocate<float>(GpuAttentionShape.LongestSequence);
        long query = Grid.IdxX / shape.Heads;
        int head = Grid.IdxX % shape.Heads;
        long sequence = queryRows[query];
        int position = (int)(query - queryStarts[sequence]);
        long first = keyStarts[sequence];
        int keys = KeysOf(shape, position, (int)(keyStarts[sequence + 1] - first));
        long ownQuery = (query * shape.QueryStride) + (head * shape.Width);
        long own = (query * shape.RowWidth) + (head * shape.Width);

        float most = float.MinValue;
        for (int j = Group.IdxX; j < keys; j += Group.DimX)
        {
            float score = Dot<T, TFormat>(q, ownQuery, k, ((first + j) * shape.KeyStride) + (head * shape.Width), shape.Width)
                + Bias(table, buckets, shape, head, j - position);
            weights[j] = score;
            most = score > most ? score : most;
        }

        most = GroupReduction.Max(most);
        float sum = 0;
        GpuRowMask row = mask.Row(seed[0], RowKeys.OfAttention((uint)sequences[sequence], head, position));
        for (int j = Group.IdxX; j < keys; j += Group.DimX)
        {
            float share = GpuMath.Exp(weights[j] - most);
            weights[j] = share * row.Factor(j);
            sum += share;
        }

        float inverse = 1 / GroupReduction.Sum(sum); // its barriers also complete the weights
        for (int i = Group.IdxX; i < shape.Width; i += Group.DimX)
        {
            float mixed = 0;
            for (int j = 0; j < keys; j++)
            {
                mixed += weights[j] * TFormat.Load(v[((first + j) * shape.KeyStride) + (head * shape.Width) + i]);
            }

            output[own + i] = TFormat.Store(keys == 0 ? 0 : mixed * inverse);
        }

        if (Group.IdxX == 0)
        {
            statistics[(long)Grid.IdxX * Statistics] = most;
            statistics[((long)Grid.IdxX * Statistics) + 1] = inverse;
        }
    }

    /// <summary>A group computes the gradient of one head of one query, and its part of the position bias's gradient.</summary>
    /// <param name="gradient">do</param>
    /// <param name="queryGradient">Receives dq.</param>
    /// <param name="tableParts">Receives each query's part of the table's gradient, [N, buckets, H]; empty without position bias.</param>
    internal static void BackwardQueries<T, TFormat>(
        ArrayView<T> q, ArrayView<T> k, ArrayView<T> v, ArrayView<float> table, ArrayView<long> buckets, ArrayView<long> queryRows,
        ArrayView<long> queryStarts, ArrayView<long> keyStarts, ArrayView<long> sequences, ArrayView<long> seed, GpuMask mask,
        GpuAttentionShape shape, ArrayView<T> gradient, ArrayView<float> statistics, ArrayView<T> queryGradient,
        ArrayView<float> tableParts)
        where T : unmanaged
        where TFormat : struct, IGpuFormat<T>
    {
        ArrayView<float> shares = SharedMemory.Allocate<float>(GpuAttentionShape.LongestSequence);
        ArrayView<float> slopes = SharedMemory.Allocate<float>(GpuAttentionShape.LongestSequence);
        long query = Grid.IdxX / shape.Heads;
        int head = Grid.IdxX % shape.Heads;
        long sequence = queryRows[query];
        int position = (int)(query - queryStarts[sequence]);
        long first = keyStarts[sequence];
        int keys = KeysOf(shape, position, (int)(keyStarts[sequence + 1] - first));
        long ownQuery = (query * shape.QueryStride) + (head * shape.Width);
        long own = (query * shape.RowWidth) + (head * shape.Width);
        float most = statistics[(long)Grid.IdxX * Statistics];
        float inverse = statistics[((long)Grid.IdxX * Statistics) + 1];
        GpuRowMask row = mask.Row(seed[0], RowKeys.OfAttention((uint)sequences[sequence], head, position));

        float products = 0;
        for (int j = Group.IdxX; j < keys; j += Group.DimX)
        {
            long key = ((first + j) * shape.KeyStride) + (head * shape.Width);
            float score = Dot<T, TFormat>(q, ownQuery, k, key, shape.Width) + Bias(table, buckets, shape, head, j - position);
            shares[j] = GpuMath.Exp(score - most) * inverse;
            slopes[j] = Dot<T, TFormat>(gradient, own, v, key, shape.Width) * row.Factor(j);
            products += shares[j] * slopes[j];
        }

        products = GroupReduction.Sum(products);
        for (int j = Group.IdxX; j < keys; j += Group.DimX)
        {
            slopes[j] = shares[j] * (slopes[j] - products);
        }

        Group.Barrier();
        for (int i = Group.IdxX; i < shape.Width; i += Group.DimX)
        {
            float sum = 0;
            for (int j = 0; j < keys; j++)
            {
                sum += slopes[j] * TFormat.Load(k[((first + j) * shape.KeyStride) + (head * shape.Width) + i]);
            }

            queryGradient[ownQuery + i] = TFormat.Store(sum);
        }

        // Each thread owns buckets, so that the order of the sums is repeatable.
        for (int bucket = Group.IdxX; bucket < tableParts.Length / queryRows.Length / shape.Heads; bucket += Group.DimX)
        {
            float sum = 0;
            for (int j = 0; j < keys; j++)
            {
                sum += BucketOf(buckets, shape, j - position) == bucket ? slopes[j] : 0;
            }

            tableParts[(query * (tableParts.Length / queryRows.Length)) + (bucket * shape.Heads) + head] = sum;
        }

        if (Group.IdxX == 0)
        {
            statistics[((long)Grid.IdxX * Statistics) + 2] = products;
        }
    }

    /// <summary>A group computes the gradients of one head of one key and value, index m · H + h of the grid; after the queries.</summary>
    /// <param name="keyRows">[M]: sequence of each key.</param>
    /// <param name="keyGradient">Receives dk.</param>
    /// <param name="valueGradient">Receives dv.</param>
    internal static void BackwardKeys<T, TFormat>(
        ArrayView<T> q, ArrayView<T> k, ArrayView<T> v, ArrayView<float> table, ArrayView<long> buckets, ArrayView<long> keyRows,
        ArrayView<long> queryStarts, ArrayView<long> keyStarts, ArrayView<long> sequences, ArrayView<long> seed, GpuMask mask,
        GpuAttentionShape shape, ArrayView<T> gradient, ArrayView<float> statistics, ArrayView<T> keyGradient, ArrayView<T> valueGradient)
        where T : unmanaged
        where TFormat : struct, IGpuFormat<T>
    {
        ArrayView<float> shares = SharedMemory.Allocate<float>(GpuAttentionShape.LongestSequence);
        ArrayView<float> slopes = SharedMemory.Allocate<float>(GpuAttentionShape.LongestSequence);
        long key = Grid.IdxX / shape.Heads;
        int head = Grid.IdxX % shape.Heads;
        long sequence = keyRows[key];
        int position = (int)(key - keyStarts[sequence]);
        long start = queryStarts[sequence];
        int queries = (int)(queryStarts[sequence + 1] - start);
        int earliest = shape.Causal != 0 ? position : 0;
        long own = (key * shape.KeyStride) + (head * shape.Width);
        GpuStepMask masks = mask.Step(seed[0]);
        for (int i = earliest + Group.IdxX; i < queries; i += Group.DimX)
        {
            long query = ((start + i) * shape.QueryStride) + (head * shape.Width);
            long output = ((start + i) * shape.RowWidth) + (head * shape.Width);
            long at = (((start + i) * shape.Heads) + head) * Statistics;
            float score = Dot<T, TFormat>(q, query, k, own, shape.Width) + Bias(table, buckets, shape, head, position - i);
            float share = GpuMath.Exp(score - statistics[at]) * statistics[at + 1];
            float factor = masks.Row(RowKeys.OfAttention((uint)sequences[sequence], head, i)).Factor(position);
            float slope = Dot<T, TFormat>(gradient, output, v, own, shape.Width) * factor;
            shares[i] = share * factor;
            slopes[i] = share * (slope - statistics[at + 2]);
        }

        Group.Barrier();
        for (int i = Group.IdxX; i < shape.Width; i += Group.DimX)
        {
            float keySum = 0;
            float valueSum = 0;
            for (int j = earliest; j < queries; j++)
            {
                keySum += slopes[j] * TFormat.Load(q[((start + j) * shape.QueryStride) + (head * shape.Width) + i]);
                valueSum += shares[j] * TFormat.Load(gradient[((start + j) * shape.RowWidth) + (head * shape.Width) + i]);
            }

            keyGradient[own + i] = TFormat.Store(keySum);
            valueGradient[own + i] = TFormat.Store(valueSum);
        }
    }

    /// <summary>Returns the number of keys that a query attends to.</summary>
    /// <param name="position">Of the query.</param>
    /// <param name="keys">Of its sequence.</param>
    internal static int KeysOf(GpuAttentionShape shape, int position, int keys) =>
        shape.Causal != 0 && position + 1 < keys ? position + 1 : keys;

    private static float Dot<T, TFormat>(ArrayView<T> left, long leftStart, ArrayView<T> right, long rightStart, int width)
        where T : unmanaged
        where TFormat : struct, IGpuFormat<T>
    {
        float sum = 0;
        for (int i = 0; i < width; i++)
        {
            sum += TFormat.Load(left[leftStart + i]) * TFormat.Load(right[rightStart + i]);
        }

        return sum;
    }

    /// <summary>Returns the position bias; 0 if there is none.</summary>
    internal static float Bias(ArrayView<float> table, ArrayView<long> buckets, GpuAttentionShape shape, int head, int distance) =>
        table.Length > 0 ? table[(BucketOf(buckets, shape, distance) * shape.Heads) + head] : 0;

    /// <summary>Distances beyond the table have the bucket of its ends.</summary>
    internal static int BucketOf(ArrayView<long> buckets, GpuAttentionShape shape, int distance)
    {
        int near = Math.Min(Math.Max(distance, -shape.Reach), shape.Reach);
        return (int)buckets[near + shape.Reach];
    }
}
