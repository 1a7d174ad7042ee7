using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DistillStudio.Engine.Kernels;

/// <summary>Location of the keys and values that a row attends to.</summary>
/// <param name="Keys">[keys / 32, H · d_kv, 32]: the same element of 32 keys is contiguous, so that scores need no horizontal
/// sums.</param>
/// <param name="Values">[keys, H · d_kv]</param>
/// <param name="Count">Number of keys.</param>
internal readonly record struct KeyRange(nint Keys, nint Values, int Count);

/// <summary>Attention of one query per row, as in token-by-token decoding: o = Σ softmax(q · k + bias) v.</summary>
/// <typeparam name="TFormat">Format of keys and values: reading them dominates the cost.</typeparam>
internal static unsafe class SingleQueryKernel<TFormat>
    where TFormat : struct, INumberFormat
{
    /// <summary>Number of keys whose scores are computed at a time.</summary>
    internal const int KeyStep = 2 * Lanes.Count;

    /// <summary>Stores a key and its value in the layout of <see cref="KeyRange"/>.</summary>
    /// <param name="index">Index of the key.</param>
    /// <param name="width">H · d_kv</param>
    /// <param name="key">[H · d_kv], in <typeparamref name="TSource"/></param>
    /// <param name="value">[H · d_kv], in <typeparamref name="TSource"/></param>
    /// <param name="range">Receives the key and the value.</param>
    [MethodImpl(Lanes.Kernel)]
    internal static void Write<TSource>(int index, int width, void* key, void* value, in KeyRange range)
        where TSource : struct, INumberFormat
    {
        long column = ((long)(index / KeyStep) * KeyStep * width) + (index % KeyStep);
        for (int i = 0; i < width; i++)
        {
            TFormat.StoreOne((void*)range.Keys, column + ((long)i * KeyStep), TSource.LoadOne(key, i));
        }

        for (int i = 0; i < width; i += Lanes.Count)
        {
            RowEnds.Store<TFormat>((void*)range.Values, ((long)index * width) + i, width - i, RowEnds.Load<TSource>(value, i, width - i));
        }
    }

    /// <param name="heads">H</param>
    /// <param name="width">d_kv</param>
    /// <param name="query">[H · d_kv]</param>
    /// <param name="range">Keys and values of the row.</param>
    /// <param name="bias">[H, <paramref name="biasStride"/>], starting at the first key; null for none.</param>
    /// <param name="biasStride">A multiple of 32, at least the count of keys.</param>
    /// <param name="scores">Scratch memory for the number of keys, rounded up to 32.</param>
    /// <param name="result">Receives [H · d_kv].</param>
    internal static void Row(
        int heads, int width, float* query, in KeyRange range, float* bias, int biasStride, float* scores, float* result)
    {
        for (int head = 0; head < heads; head++)
        {
            Scores(
                query + (head * width), width, (void*)range.Keys, head * width, heads * width, range.Count,
                bias is null ? null : bias + ((long)head * biasStride), scores);
            Mix(scores, range.Count, (void*)range.Values, head * width, heads * width, width, result + (head * width));
        }
    }

    /// <summary>Computes the attention weights of all keys; zeros up to a multiple of <see cref="KeyStep"/>.</summary>
    [MethodImpl(Lanes.Kernel)]
    private static void Scores(float* query, int width, void* keys, int first, int stride, int count, float* bias, float* scores)
    {
        Vector512<float> highest = Vector512.Create(float.MinValue);
        for (int key = 0; key < count; key += KeyStep)
        {
            Vector512<float> a = default, b = default, c = default, d = default;
            long column = ((long)key * stride) + ((long)first * KeyStep);
            int i = 0;
            for (; i + 1 < width; i += 2)
            {
                SmallGemm.Step(
                    Vector512.Create(query[i]), TFormat.Load(keys, column), TFormat.Load(keys, column + Lanes.Count), ref a, ref b);
                SmallGemm.Step(
                    Vector512.Create(query[i + 1]), TFormat.Load(keys, column + KeyStep),
                    TFormat.Load(keys, column + KeyStep + Lanes.Count), ref c, ref d);
                column += 2 * KeyStep;
            }

            if (i < width)
            {
                SmallGemm.Step(
                    Vector512.Create(query[i]), TFormat.Load(keys, column), TFormat.Load(keys, column + Lanes.Count), ref a, ref b);
            }

            highest = Vector512.MaxNative(highest, Keep(a + c, bias, key, count, scores));
            highest = Vector512.MaxNative(highest, Keep(b + d, bias, key + Lanes.Count, count, scores));
        }

        Vector512<float> top = Vector512.Create(Lanes.Max(highest));
        Vector512<float> sum = default;
        for (int key = 0; key < count; key += Lanes.Count)
        {
            Vector512<float> value = Lanes.Exp(Vector512.Load(scores + key) - top);
            value.Store(scores + key);
            sum += value;
        }

        Vector512<float> share = Vector512.Create(1 / Vector512.Sum(sum));
        for (int key = 0; key < count; key += Lanes.Count)
        {
            (Vector512.Load(scores + key) * share).Store(scores + key);
        }
    }

    /// <summary>Adds the bias, then stores and returns the scores; the lowest value where there is no key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Keep(Vector512<float> score, float* bias, int key, int count, float* scores)
    {
        if (bias is not null)
        {
            score += Vector512.Load(bias + key);
        }

        score = Vector512.ConditionalSelect(
            Vector512.LessThan(Lanes.From(key), Vector512.Create(count)).AsSingle(), score, Vector512.Create(float.MinValue));
        score.Store(scores + key);
        return score;
    }

    [MethodImpl(Lanes.Kernel)]
    private static void Mix(float* weights, int count, void* values, int first, int stride, int width, float* result)
    {
        int i = 0;
        for (; i + (4 * Lanes.Count) <= width; i += 4 * Lanes.Count)
        {
            Vector512<float> a = default, b = default, c = default, d = default;
            long value = first + i;
            for (int key = 0; key < count; key++)
            {
                Vector512<float> share = Vector512.Create(weights[key]);
                SmallGemm.Step(share, TFormat.Load(values, value), TFormat.Load(values, value + Lanes.Count), ref a, ref b);
                SmallGemm.Step(
                    share, TFormat.Load(values, value + (2 * Lanes.Count)), TFormat.Load(values, value + (3 * Lanes.Count)), ref c, ref d);
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
                mixed = Vector512.FusedMultiplyAdd(
                    Vector512.Create(weights[key]), RowEnds.Load<TFormat>(values, first + i + ((long)key * stride), width - i), mixed);
            }

            RowEnds.Store<Float32Format>(result, i, width - i, mixed);
        }
    }
}
