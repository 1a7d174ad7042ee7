using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Kernels;

/// <summary>Which rows attend to which: sequences of unequal length laid end to end, so that nothing is padding.</summary>
/// <param name="Heads">H</param>
/// <param name="HeadWidth">d_kv</param>
/// <param name="Queries">[sequences + 1]: where each sequence's queries begin among the rows.</param>
/// <param name="Keys">[sequences + 1]: where its keys do.</param>
/// <param name="Sequences">[sequences]: what tells their masks apart.</param>
/// <param name="IsCausal">A query sees no key after it.</param>
internal sealed record AttentionShape(int Heads, int HeadWidth, int[] Queries, int[] Keys, uint[] Sequences, bool IsCausal)
{
    internal int Parts => Sequences.Length * Heads;

    internal int LongestQueries { get; } = Longest(Queries);

    internal int LongestKeys { get; } = Longest(Keys);

    /// <summary>Distances (key minus query) that a table of biases covers: from −(longest queries − 1) on, and a vector's width past the longest keys.</summary>
    internal int Distances => LongestQueries + Lanes.RoundUp(LongestKeys);

    private static int Longest(int[] starts)
    {
        int longest = 0;
        for (int i = 1; i < starts.Length; i++)
        {
            longest = Math.Max(longest, starts[i] - starts[i - 1]);
        }

        return longest;
    }
}

/// <summary>
/// Softmax attention without division by √d_kv (Vaswani et al. 2017, section 3.2, as T5 has it): P = softmax(Q Kᵀ + bias), O = drop(P) V. Only the
/// logarithm of each row's sum is kept; the way back makes P again from it (Dao et al. 2022, https://arxiv.org/abs/2205.14135, section 3.1).
/// </summary>
internal static unsafe class AttentionKernel<TFormat>
    where TFormat : struct, INumberFormat
{
    /// <summary>Numbers of float32 that a worker needs beside the operands.</summary>
    internal static long Scratch(AttentionShape shape) => new Room(shape, shape.LongestQueries, shape.LongestKeys, null).End;

    /// <param name="shape">Of all that follows.</param>
    /// <param name="queries">[rows of queries, H · d_kv]</param>
    /// <param name="keys">[rows of keys, H · d_kv]</param>
    /// <param name="values">[rows of keys, H · d_kv]</param>
    /// <param name="bias">[H, distances]; null for none.</param>
    /// <param name="mask">Of P.</param>
    /// <param name="scratch">[workers, <see cref="Scratch"/>]</param>
    /// <param name="result">Takes O, [rows of queries, H · d_kv].</param>
    /// <param name="logSums">Takes [H, rows of queries].</param>
    internal static void Forward(AttentionShape shape, void* queries, void* keys, void* values, float* bias, DropoutMask mask, float* scratch, void* result, float* logSums) =>
        Team.Run(shape.Parts, (part, worker) => ForwardPart(shape, part, queries, keys, values, bias, mask, scratch + (worker * Scratch(shape)), result, logSums));

    /// <summary>
    /// dV = drop(P)ᵀ dO, dP = drop(dO Vᵀ), dS = P ∘ (dP − Σ P ∘ dP), dQ = dS K, dK = dSᵀ Q; a bias's gradient is the sum of dS along its distance.
    /// </summary>
    /// <param name="resultGradient">dO</param>
    /// <param name="queryGradient">Takes dQ.</param>
    /// <param name="keyGradient">Takes dK.</param>
    /// <param name="valueGradient">Takes dV.</param>
    /// <param name="biasParts">[sequences · H, distances]: takes each part's; null where there is no bias.</param>
    internal static void Backward(
        AttentionShape shape, void* queries, void* keys, void* values, float* bias, DropoutMask mask, float* scratch, float* logSums, void* resultGradient, void* queryGradient, void* keyGradient, void* valueGradient, float* biasParts) =>
        Team.Run(shape.Parts, (part, worker) =>
            BackwardPart(shape, part, queries, keys, values, bias, mask, scratch + (worker * Scratch(shape)), logSums, resultGradient, queryGradient, keyGradient, valueGradient, biasParts));

    /// <summary>One sequence and head: its place among the rows, and a worker's scratch divided up for it. Rows and widths are rounded up, and zeros there.</summary>
    private readonly struct Room
    {
        internal readonly int Head, QueryStart, QueryCount, KeyStart, KeyCount, QueryRows, KeyRows, Width;
        internal readonly uint Sequence;
        internal readonly float* Queries, Keys, KeysAcross, Values, ValuesAcross, ResultGradient, Scores, Gradients, Result;
        internal readonly long End;

        internal Room(AttentionShape shape, int part, float* scratch)
            : this(
                shape,
                shape.Queries[(part / shape.Heads) + 1] - shape.Queries[part / shape.Heads],
                shape.Keys[(part / shape.Heads) + 1] - shape.Keys[part / shape.Heads],
                scratch)
        {
            Head = part % shape.Heads;
            QueryStart = shape.Queries[part / shape.Heads];
            KeyStart = shape.Keys[part / shape.Heads];
            Sequence = shape.Sequences[part / shape.Heads];
        }

        internal Room(AttentionShape shape, int queries, int keys, float* scratch)
        {
            this = default;
            (QueryCount, KeyCount) = (queries, keys);
            QueryRows = (queries + SmallProduct.RowStep - 1) / SmallProduct.RowStep * SmallProduct.RowStep;
            KeyRows = Lanes.RoundUp(keys);
            Width = Lanes.RoundUp(shape.HeadWidth);
            float* next = scratch;
            Queries = Take(ref next, QueryRows * Width);
            Keys = Take(ref next, KeyRows * Width);
            KeysAcross = Take(ref next, KeyRows * Width);
            Values = Take(ref next, KeyRows * Width);
            ValuesAcross = Take(ref next, KeyRows * Width);
            ResultGradient = Take(ref next, QueryRows * Width);
            Scores = Take(ref next, QueryRows * KeyRows);
            Gradients = Take(ref next, QueryRows * KeyRows);
            Result = Take(ref next, Math.Max(QueryRows, KeyRows) * Width);
            End = next - scratch;
        }

        internal RowMask Mask(DropoutMask mask, int query) => mask.Row(RowKeys.OfAttention(Sequence, Head, query));

        private static float* Take(ref float* next, int count)
        {
            float* taken = next;
            next += count;
            return taken;
        }
    }

    private static void ForwardPart(AttentionShape shape, int part, void* queries, void* keys, void* values, float* bias, DropoutMask mask, float* scratch, void* result, float* logSums)
    {
        var room = new Room(shape, part, scratch);
        Pack(shape, room.Head, queries, room.QueryStart, room.QueryCount, room.QueryRows, room.Queries);
        Pack(shape, room.Head, keys, room.KeyStart, room.KeyCount, room.KeyRows, room.Keys);
        Pack(shape, room.Head, values, room.KeyStart, room.KeyCount, room.KeyRows, room.Values);
        Transpose(room.Keys, room.KeyRows, room.Width, room.KeysAcross);
        SmallProduct.Multiply(room.Queries, room.Width, 1, room.KeysAcross, room.KeyRows, room.Scores, room.KeyRows, room.QueryRows, room.KeyRows, shape.HeadWidth);
        float* logSum = logSums + ((long)room.Head * shape.Queries[^1]) + room.QueryStart;
        for (int query = 0; query < room.QueryCount; query++)
        {
            float* row = room.Scores + ((long)query * room.KeyRows);
            logSum[query] = Softmax(row, BiasOf(shape, bias, room.Head, query), Seen(shape, room, query), room.KeyRows, room.Mask(mask, query));
        }

        SmallProduct.Multiply(room.Scores, room.KeyRows, 1, room.Values, room.Width, room.Result, room.Width, room.QueryRows, room.Width, room.KeyCount);
        Unpack(shape, room.Head, room.Result, result, room.QueryStart, room.QueryCount);
    }

    private static void BackwardPart(
        AttentionShape shape, int part, void* queries, void* keys, void* values, float* bias, DropoutMask mask, float* scratch, float* logSums, void* resultGradient, void* queryGradient, void* keyGradient, void* valueGradient, float* biasParts)
    {
        var room = new Room(shape, part, scratch);
        Pack(shape, room.Head, queries, room.QueryStart, room.QueryCount, room.QueryRows, room.Queries);
        Pack(shape, room.Head, keys, room.KeyStart, room.KeyCount, room.KeyRows, room.Keys);
        Pack(shape, room.Head, values, room.KeyStart, room.KeyCount, room.KeyRows, room.Values);
        Pack(shape, room.Head, resultGradient, room.QueryStart, room.QueryCount, room.QueryRows, room.ResultGradient);
        Transpose(room.Keys, room.KeyRows, room.Width, room.KeysAcross);
        Transpose(room.Values, room.KeyRows, room.Width, room.ValuesAcross);
        SmallProduct.Multiply(room.Queries, room.Width, 1, room.KeysAcross, room.KeyRows, room.Scores, room.KeyRows, room.QueryRows, room.KeyRows, shape.HeadWidth);
        SmallProduct.Multiply(room.ResultGradient, room.Width, 1, room.ValuesAcross, room.KeyRows, room.Gradients, room.KeyRows, room.QueryRows, room.KeyRows, shape.HeadWidth);

        float* logSum = logSums + ((long)room.Head * shape.Queries[^1]) + room.QueryStart;
        float* biasGradient = biasParts is null ? null : biasParts + ((long)part * shape.Distances);
        if (biasGradient is not null)
        {
            new Span<float>(biasGradient, shape.Distances).Clear();
        }

        for (int query = 0; query < room.QueryCount; query++)
        {
            long start = (long)query * room.KeyRows;
            float* gradient = room.Gradients + start;
            SoftmaxBackward(room.Scores + start, gradient, BiasOf(shape, bias, room.Head, query), logSum[query], Seen(shape, room, query), room.KeyRows, room.Mask(mask, query));
            if (biasGradient is not null)
            {
                Add(gradient, biasGradient + shape.LongestQueries - 1 - query, room.KeyRows);
            }
        }

        SmallProduct.Multiply(room.Scores, 1, room.KeyRows, room.ResultGradient, room.Width, room.Result, room.Width, room.KeyRows, room.Width, room.QueryCount);
        Unpack(shape, room.Head, room.Result, valueGradient, room.KeyStart, room.KeyCount);
        SmallProduct.Multiply(room.Gradients, room.KeyRows, 1, room.Keys, room.Width, room.Result, room.Width, room.QueryRows, room.Width, room.KeyCount);
        Unpack(shape, room.Head, room.Result, queryGradient, room.QueryStart, room.QueryCount);
        SmallProduct.Multiply(room.Gradients, 1, room.KeyRows, room.Queries, room.Width, room.Result, room.Width, room.KeyRows, room.Width, room.QueryCount);
        Unpack(shape, room.Head, room.Result, keyGradient, room.KeyStart, room.KeyCount);
    }

    /// <summary>Turns a row of scores into dropped shares.</summary>
    /// <param name="seen">Keys that the query may see.</param>
    /// <returns>The logarithm of the sum of the exponentials.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Softmax(float* row, float* bias, int seen, int width, RowMask mask)
    {
        Vector512<float> highest = Vector512.Create(float.MinValue);
        for (int i = 0; i < width; i += Lanes.Count)
        {
            Vector512<float> score = Score(row, bias, seen, i);
            score.Store(row + i);
            highest = Vector512.Max(highest, score);
        }

        float top = highest[0];
        for (int lane = 1; lane < Lanes.Count; lane++)
        {
            top = MathF.Max(top, highest[lane]);
        }

        Vector512<float> shift = Vector512.Create(top);
        Vector512<float> sum = Vector512<float>.Zero;
        for (int i = 0; i < width; i += Lanes.Count)
        {
            Vector512<float> value = Lanes.Exp(Vector512.Load(row + i) - shift);
            value.Store(row + i);
            sum += value;
        }

        float total = Vector512.Sum(sum);
        Vector512<float> share = Vector512.Create(1 / total);
        for (int i = 0; i < width; i += Lanes.Count)
        {
            mask.Apply(Vector512.Load(row + i) * share, i).Store(row + i);
        }

        return top + MathF.Log(total);
    }

    /// <summary>Turns a row of scores into dropped shares, and the gradient of those into that of the scores.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SoftmaxBackward(float* row, float* gradient, float* bias, float logSum, int seen, int width, RowMask mask)
    {
        Vector512<float> shift = Vector512.Create(logSum);
        Vector512<float> products = Vector512<float>.Zero;
        for (int i = 0; i < width; i += Lanes.Count)
        {
            Vector512<float> share = Lanes.Exp(Score(row, bias, seen, i) - shift);
            Vector512<float> shareGradient = mask.Apply(Vector512.Load(gradient + i), i);
            products = Vector512.FusedMultiplyAdd(share, shareGradient, products);
            share.Store(row + i);
            shareGradient.Store(gradient + i);
        }

        Vector512<float> sum = Vector512.Create(Vector512.Sum(products));
        for (int i = 0; i < width; i += Lanes.Count)
        {
            Vector512<float> share = Vector512.Load(row + i);
            (share * (Vector512.Load(gradient + i) - sum)).Store(gradient + i);
            mask.Apply(share, i).Store(row + i);
        }
    }

    /// <summary>The lowest number where the query may not look.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Score(float* row, float* bias, int seen, int i)
    {
        Vector512<float> score = Vector512.Load(row + i);
        if (bias is not null)
        {
            score += Vector512.Load(bias + i);
        }

        return Vector512.ConditionalSelect(Vector512.LessThan(Lanes.From(i), Vector512.Create(seen)).AsSingle(), score, Vector512.Create(float.MinValue));
    }

    private static int Seen(AttentionShape shape, in Room room, int query) => shape.IsCausal ? Math.Min(query + 1, room.KeyCount) : room.KeyCount;

    /// <summary>Where the bias of the query's first key lies.</summary>
    private static float* BiasOf(AttentionShape shape, float* bias, int head, int query) =>
        bias is null ? null : bias + ((long)head * shape.Distances) + shape.LongestQueries - 1 - query;

    private static void Add(float* from, float* to, int width)
    {
        for (int i = 0; i < width; i += Lanes.Count)
        {
            (Vector512.Load(to + i) + Vector512.Load(from + i)).Store(to + i);
        }
    }

    /// <summary>One head's rows as a float32 matrix of their own.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Pack(AttentionShape shape, int head, void* from, int first, int count, int rows, float* to)
    {
        int width = Lanes.RoundUp(shape.HeadWidth);
        for (int row = 0; row < count; row++)
        {
            long start = (((long)(first + row) * shape.Heads) + head) * shape.HeadWidth;
            for (int i = 0; i < width; i += Lanes.Count)
            {
                RowEnds.Load<TFormat>(from, start + i, shape.HeadWidth - i).Store(to + ((long)row * width) + i);
            }
        }

        new Span<float>(to + ((long)count * width), (rows - count) * width).Clear();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Unpack(AttentionShape shape, int head, float* from, void* to, int first, int count)
    {
        int width = Lanes.RoundUp(shape.HeadWidth);
        for (int row = 0; row < count; row++)
        {
            long start = (((long)(first + row) * shape.Heads) + head) * shape.HeadWidth;
            for (int i = 0; i < width; i += Lanes.Count)
            {
                RowEnds.Store<TFormat>(to, start + i, shape.HeadWidth - i, Vector512.Load(from + ((long)row * width) + i));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose(float* from, int rows, int columns, float* to)
    {
        for (int column = 0; column < columns; column++)
        {
            float* source = from + column;
            float* target = to + ((long)column * rows);
            for (int row = 0; row < rows; row++)
            {
                target[row] = source[(long)row * columns];
            }
        }
    }
}
