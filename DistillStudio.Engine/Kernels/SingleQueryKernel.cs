using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Kernels;

/// <summary>Where the keys and values that a row attends to lie, float32.</summary>
/// <param name="Keys">[H · d_kv, <paramref name="Room"/>]: one number of all keys after the other, so that scores need no sums across a register.</param>
/// <param name="Values">[keys, H · d_kv]</param>
/// <param name="Count">How many.</param>
/// <param name="Room">A multiple of 32, at least <paramref name="Count"/>.</param>
internal readonly record struct KeyRange(nint Keys, nint Values, int Count, int Room);

/// <summary>Attention of one query a row, as in writing token by token: o = Σ softmax(q · k + bias) v.</summary>
internal static unsafe class SingleQueryKernel
{
    /// <summary>Keys that scores are computed for at a time.</summary>
    internal const int KeyStep = 2 * Lanes.Count;

    /// <param name="heads">H</param>
    /// <param name="width">d_kv</param>
    /// <param name="queries">[rows, H · d_kv]</param>
    /// <param name="queryStride">From a row of queries to the next.</param>
    /// <param name="ranges">Per row.</param>
    /// <param name="bias">[H, <paramref name="room"/>], from the first key on; null for none.</param>
    /// <param name="scratch">[workers, <paramref name="room"/>]</param>
    /// <param name="room">The largest of all ranges.</param>
    /// <param name="result">Takes [rows, H · d_kv].</param>
    internal static void Run(int heads, int width, float* queries, int queryStride, KeyRange[] ranges, float* bias, float* scratch, int room, float* result) =>
        Team.Run(ranges.Length, (row, worker) =>
        {
            for (int head = 0; head < heads; head++)
            {
                KeyRange range = ranges[row];
                float* scores = scratch + ((long)worker * room);
                float* keys = (float*)range.Keys + ((long)head * width * range.Room);
                Scores(queries + ((long)row * queryStride) + (head * width), width, keys, range.Room, range.Count, bias is null ? null : bias + ((long)head * room), scores);
                Mix(scores, range.Count, (float*)range.Values + (head * width), heads * width, width, result + ((((long)row * heads) + head) * width));
            }
        });

    /// <summary>Shares of all keys; zeros up to a multiple of <see cref="KeyStep"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scores(float* query, int width, float* keys, int room, int count, float* bias, float* scores)
    {
        Vector512<float> highest = Vector512.Create(float.MinValue);
        for (int key = 0; key < count; key += KeyStep)
        {
            Vector512<float> a = default, b = default, c = default, d = default;
            float* column = keys + key;
            int i = 0;
            for (; i + 1 < width; i += 2)
            {
                SmallProduct.Step(Vector512.Create(query[i]), Vector512.Load(column), Vector512.Load(column + Lanes.Count), ref a, ref b);
                column += room;
                SmallProduct.Step(Vector512.Create(query[i + 1]), Vector512.Load(column), Vector512.Load(column + Lanes.Count), ref c, ref d);
                column += room;
            }

            if (i < width)
            {
                SmallProduct.Step(Vector512.Create(query[i]), Vector512.Load(column), Vector512.Load(column + Lanes.Count), ref a, ref b);
            }

            highest = Vector512.MaxNative(highest, Keep(a + c, bias, key, count, scores));
            highest = Vector512.MaxNative(highest, Keep(b + d, bias, key + Lanes.Count, count, scores));
        }

        float top = Lanes.Highest(highest);

        Vector512<float> sum = default;
        for (int key = 0; key < count; key += Lanes.Count)
        {
            Vector512<float> value = Lanes.Exp(Vector512.Load(scores + key) - Vector512.Create(top));
            value.Store(scores + key);
            sum += value;
        }

        Vector512<float> share = Vector512.Create(1 / Vector512.Sum(sum));
        for (int key = 0; key < count; key += Lanes.Count)
        {
            (Vector512.Load(scores + key) * share).Store(scores + key);
        }
    }

    /// <summary>The lowest number where there is no key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Keep(Vector512<float> score, float* bias, int key, int count, float* scores)
    {
        if (bias is not null)
        {
            score += Vector512.Load(bias + key);
        }

        score = Vector512.ConditionalSelect(Vector512.LessThan(Lanes.From(key), Vector512.Create(count)).AsSingle(), score, Vector512.Create(float.MinValue));
        score.Store(scores + key);
        return score;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Mix(float* shares, int count, float* values, int stride, int width, float* result)
    {
        int i = 0;
        for (; i + (4 * Lanes.Count) <= width; i += 4 * Lanes.Count)
        {
            Vector512<float> a = default, b = default, c = default, d = default;
            float* value = values + i;
            for (int key = 0; key < count; key++)
            {
                Vector512<float> share = Vector512.Create(shares[key]);
                SmallProduct.Step(share, Vector512.Load(value), Vector512.Load(value + Lanes.Count), ref a, ref b);
                SmallProduct.Step(share, Vector512.Load(value + (2 * Lanes.Count)), Vector512.Load(value + (3 * Lanes.Count)), ref c, ref d);
                value += stride;
            }

            a.Store(result + i);
            b.Store(result + i + Lanes.Count);
            c.Store(result + i + (2 * Lanes.Count));
            d.Store(result + i + (3 * Lanes.Count));
        }

        for (; i < width; i += Lanes.Count)
        {
            Vector512<float> mixed = default;
            for (int key = 0; key < count; key++)
            {
                mixed = Vector512.FusedMultiplyAdd(Vector512.Create(shares[key]), RowEnds.Load<Float32Format>(values, ((long)key * stride) + i, width - i), mixed);
            }

            RowEnds.Store<Float32Format>(result, i, width - i, mixed);
        }
    }
}
