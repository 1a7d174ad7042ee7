using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Kernels;

/// <summary>Where the keys and values that a row attends to lie.</summary>
/// <param name="Keys">Address of the first.</param>
/// <param name="Values">Address of the first.</param>
/// <param name="Count">How many.</param>
internal readonly record struct KeyRange(nint Keys, nint Values, int Count);

/// <summary>Attention of one query a row, as in writing token by token: o = Σ softmax(q · k + bias) v.</summary>
internal static unsafe class SingleQueryKernel<TFormat>
    where TFormat : struct, INumberFormat
{
    /// <param name="heads">H</param>
    /// <param name="width">d_kv</param>
    /// <param name="queries">[rows, H · d_kv]</param>
    /// <param name="queryStride">From a row of queries to the next.</param>
    /// <param name="ranges">Per row; keys and values lie H · d_kv apart.</param>
    /// <param name="bias">[H, <paramref name="biasStride"/>], from the first key on; null for none.</param>
    /// <param name="biasStride">Numbers of a head.</param>
    /// <param name="scratch">[workers, longest range]</param>
    /// <param name="longest">Of all ranges.</param>
    /// <param name="result">Takes [rows, H · d_kv].</param>
    internal static void Run(int heads, int width, float* queries, int queryStride, KeyRange[] ranges, float* bias, int biasStride, float* scratch, int longest, float* result) =>
        Team.Run(ranges.Length, (row, worker) =>
        {
            for (int head = 0; head < heads; head++)
            {
                float* query = queries + ((long)row * queryStride) + (head * width);
                float* biasOfHead = bias is null ? null : bias + ((long)head * biasStride);
                RunHead(heads * width, head * width, width, query, ranges[row], biasOfHead, scratch + ((long)worker * longest), result + ((((long)row * heads) + head) * width));
            }
        });

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RunHead(int stride, int offset, int width, float* query, KeyRange range, float* bias, float* scores, float* result)
    {
        float highest = float.MinValue;
        for (int key = 0; key < range.Count; key++)
        {
            Vector512<float> products = Vector512<float>.Zero;
            long start = ((long)key * stride) + offset;
            for (int i = 0; i < width; i += Lanes.Count)
            {
                products = Vector512.FusedMultiplyAdd(
                    RowEnds.Load<Float32Format>(query, i, width - i), RowEnds.Load<TFormat>((void*)range.Keys, start + i, width - i), products);
            }

            scores[key] = Vector512.Sum(products) + (bias is null ? 0 : bias[key]);
            highest = MathF.Max(highest, scores[key]);
        }

        float sum = 0;
        for (int key = 0; key < range.Count; key += Lanes.Count)
        {
            int left = range.Count - key;
            Vector512<float> value = Lanes.Exp(RowEnds.Load<Float32Format>(scores, key, left) - Vector512.Create(highest));
            RowEnds.Store<Float32Format>(scores, key, left, value);
            for (int lane = 0; lane < Math.Min(left, Lanes.Count); lane++)
            {
                sum += scores[key + lane];
            }
        }

        Vector512<float> share = Vector512.Create(1 / sum);
        for (int i = 0; i < width; i += Lanes.Count)
        {
            Vector512<float> mixed = Vector512<float>.Zero;
            for (int key = 0; key < range.Count; key++)
            {
                mixed = Vector512.FusedMultiplyAdd(
                    Vector512.Create(scores[key]), RowEnds.Load<TFormat>((void*)range.Values, ((long)key * stride) + offset + i, width - i), mixed);
            }

            RowEnds.Store<Float32Format>(result, i, width - i, mixed * share);
        }
    }
}
