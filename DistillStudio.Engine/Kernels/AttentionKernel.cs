using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DistillStudio.Engine.Runtime.Hardware;

namespace DistillStudio.Engine.Kernels;

/// <summary>
/// Softmax attention without division by √d_kv (Vaswani et al. 2017, section 3.2, as in T5): P = softmax(Q Kᵀ + bias), O = drop(P) V.
/// Only the logarithm of each row's sum is kept; the backward pass recomputes P from it (Dao et al. 2022,
/// https://arxiv.org/abs/2205.14135, section 3.1).
/// </summary>
internal static unsafe class AttentionKernel<TFormat>
    where TFormat : struct, INumberFormat
{
    /// <summary>
    /// Number of heads of one sequence per part: they are adjacent in its rows, so that a fetched row is used completely.
    /// </summary>
    private const int HeadsPerPart = 4;

    /// <summary>Operands of the forward and backward pass.</summary>
    /// <param name="Shape">Shape of the attention.</param>
    /// <param name="Queries">Q, [rows of queries, H · d_kv]</param>
    /// <param name="Keys">K, [rows of keys, H · d_kv]</param>
    /// <param name="Values">V, [rows of keys, H · d_kv]</param>
    /// <param name="Bias">[H, distances]; null for none.</param>
    /// <param name="Mask">Dropout mask of P.</param>
    /// <param name="Scratch">[workers, <see cref="AttentionScratch.Size"/>]</param>
    /// <param name="LogSums">[H, rows of queries]: written by the forward pass, read by the backward pass.</param>
    internal readonly record struct Operands(
        AttentionShape Shape, nint Queries, nint Keys, nint Values, nint Bias, DropoutMask Mask, nint Scratch, nint LogSums)
    {
        internal AttentionScratch ScratchOf(int part, int worker) =>
            new(Shape, part, (float*)Scratch + (worker * AttentionScratch.Size(Shape)));

        internal HeadRows<TFormat> Rows(int head) => new(Shape.Heads, Shape.HeadWidth, head);

        /// <summary>Returns the log sums of one head, starting at its first query.</summary>
        internal float* LogSumsOf(in AttentionScratch scratch) =>
            (float*)LogSums + ((long)scratch.Head * Shape.Queries[Shape.Count]) + scratch.QueryStart;

        internal int PartsPerSequence => (Shape.Heads + HeadsPerPart - 1) / HeadsPerPart;
    }

    /// <summary>Inputs and outputs of the backward pass.</summary>
    /// <param name="Result">dO</param>
    /// <param name="Queries">Receives dQ.</param>
    /// <param name="Keys">Receives dK.</param>
    /// <param name="Values">Receives dV.</param>
    /// <param name="BiasParts">[sequences · H, distances]: receives the bias gradient of each; null if there is no bias.</param>
    internal readonly record struct Gradients(nint Result, nint Queries, nint Keys, nint Values, nint BiasParts);

    /// <param name="operands">Q, K, V</param>
    /// <param name="result">Receives O, [rows of queries, H · d_kv].</param>
    internal static void Forward(in Operands operands, void* result) =>
        ParallelTeam.Run(operands.Shape.Count * operands.PartsPerSequence, new ForwardJob(operands, (nint)result));

    /// <summary>
    /// Computes dV = drop(P)ᵀ dO, dP = drop(dO Vᵀ), dS = P ∘ (dP − Σ P ∘ dP), dQ = dS K, dK = dSᵀ Q; the gradient of a bias is the sum of
    /// dS over its distance.
    /// </summary>
    internal static void Backward(in Operands operands, in Gradients gradients) =>
        ParallelTeam.Run(operands.Shape.Count * operands.PartsPerSequence, new BackwardJob(operands, gradients));

    private readonly struct ForwardJob(Operands operands, nint result) : IJob
    {
        public void Do(int part, int worker)
        {
            int first = part % operands.PartsPerSequence * HeadsPerPart;
            for (int head = first; head < Math.Min(operands.Shape.Heads, first + HeadsPerPart); head++)
            {
                ForwardHead(
                    operands, operands.ScratchOf((part / operands.PartsPerSequence * operands.Shape.Heads) + head, worker), (void*)result);
            }
        }
    }

    private readonly struct BackwardJob(Operands operands, Gradients gradients) : IJob
    {
        public void Do(int part, int worker)
        {
            int first = part % operands.PartsPerSequence * HeadsPerPart;
            for (int head = first; head < Math.Min(operands.Shape.Heads, first + HeadsPerPart); head++)
            {
                int index = (part / operands.PartsPerSequence * operands.Shape.Heads) + head;
                BackwardHead(operands, operands.ScratchOf(index, worker), gradients, index);
            }
        }
    }

    private static void ForwardHead(in Operands operands, in AttentionScratch scratch, void* result)
    {
        AttentionShape shape = operands.Shape;
        HeadRows<TFormat> rows = operands.Rows(scratch.Head);
        rows.Load((void*)operands.Queries, scratch.QueryStart, scratch.QueryCount, scratch.QueryRows, scratch.Queries);
        rows.LoadTransposed((void*)operands.Keys, scratch.KeyStart, scratch.KeyCount, scratch.KeyRows, scratch.KeysTransposed);
        rows.Load((void*)operands.Values, scratch.KeyStart, scratch.KeyCount, scratch.KeyRows, scratch.Values);
        SmallGemm.Multiply(
            scratch.Queries, scratch.Width, 1, scratch.KeysTransposed, scratch.KeyRows, scratch.Scores, scratch.KeyRows, scratch.QueryRows,
            scratch.KeyRows, shape.HeadWidth);
        float* logSum = operands.LogSumsOf(scratch);
        for (int query = 0; query < scratch.QueryCount; query++)
        {
            float* row = scratch.Scores + ((long)query * scratch.KeyRows);
            logSum[query] =
                SoftmaxRow.Forward(
                    row, scratch.BiasOf(shape, (float*)operands.Bias, query), scratch.Seen(shape, query), scratch.KeyRows,
                    scratch.Mask(operands.Mask, query));
        }

        SmallGemm.Multiply(
            scratch.Scores, scratch.KeyRows, 1, scratch.Values, scratch.Width, scratch.Result, scratch.Width, scratch.QueryRows,
            scratch.Width, scratch.KeyCount);
        rows.Store(scratch.Result, result, scratch.QueryStart, scratch.QueryCount);
    }

    private static void BackwardHead(in Operands operands, in AttentionScratch scratch, in Gradients gradients, int index)
    {
        AttentionShape shape = operands.Shape;
        HeadRows<TFormat> rows = operands.Rows(scratch.Head);
        float* valuesAcross = scratch.Values;
        rows.Load((void*)operands.Queries, scratch.QueryStart, scratch.QueryCount, scratch.QueryRows, scratch.Queries);
        rows.Load((void*)operands.Keys, scratch.KeyStart, scratch.KeyCount, scratch.KeyRows, scratch.Keys);
        rows.LoadTransposed((void*)operands.Keys, scratch.KeyStart, scratch.KeyCount, scratch.KeyRows, scratch.KeysTransposed);
        rows.LoadTransposed((void*)operands.Values, scratch.KeyStart, scratch.KeyCount, scratch.KeyRows, valuesAcross);
        rows.Load((void*)gradients.Result, scratch.QueryStart, scratch.QueryCount, scratch.QueryRows, scratch.ResultGradient);
        SmallGemm.Multiply(
            scratch.Queries, scratch.Width, 1, scratch.KeysTransposed, scratch.KeyRows, scratch.Scores, scratch.KeyRows, scratch.QueryRows,
            scratch.KeyRows, shape.HeadWidth);
        SmallGemm.Multiply(
            scratch.ResultGradient, scratch.Width, 1, valuesAcross, scratch.KeyRows, scratch.Gradients, scratch.KeyRows, scratch.QueryRows,
            scratch.KeyRows, shape.HeadWidth);

        float* logSum = operands.LogSumsOf(scratch);
        float* biasGradient = gradients.BiasParts == 0 ? null : (float*)gradients.BiasParts + ((long)index * shape.Distances);
        if (biasGradient is not null)
        {
            new Span<float>(biasGradient, shape.Distances).Clear();
        }

        for (int query = 0; query < scratch.QueryCount; query++)
        {
            long start = (long)query * scratch.KeyRows;
            float* gradient = scratch.Gradients + start;
            SoftmaxRow.Backward(
                scratch.Scores + start, gradient, scratch.BiasOf(shape, (float*)operands.Bias, query), logSum[query],
                scratch.Seen(shape, query), scratch.KeyRows, scratch.Mask(operands.Mask, query));
            if (biasGradient is not null)
            {
                Add(gradient, biasGradient + shape.LongestQueries - 1 - query, scratch.KeyRows);
            }
        }

        SmallGemm.Multiply(
            scratch.Scores, 1, scratch.KeyRows, scratch.ResultGradient, scratch.Width, scratch.Result, scratch.Width, scratch.KeyRows,
            scratch.Width, scratch.QueryCount);
        rows.Store(scratch.Result, (void*)gradients.Values, scratch.KeyStart, scratch.KeyCount);
        SmallGemm.Multiply(
            scratch.Gradients, scratch.KeyRows, 1, scratch.Keys, scratch.Width, scratch.Result, scratch.Width, scratch.QueryRows,
            scratch.Width, scratch.KeyCount);
        rows.Store(scratch.Result, (void*)gradients.Queries, scratch.QueryStart, scratch.QueryCount);
        SmallGemm.Multiply(
            scratch.Gradients, 1, scratch.KeyRows, scratch.Queries, scratch.Width, scratch.Result, scratch.Width, scratch.KeyRows,
            scratch.Width, scratch.QueryCount);
        rows.Store(scratch.Result, (void*)gradients.Keys, scratch.KeyStart, scratch.KeyCount);
    }

    [MethodImpl(Lanes.Kernel)]
    private static void Add(float* from, float* to, int width)
    {
        for (int i = 0; i < width; i += Lanes.Count)
        {
            (Vector512.Load(to + i) + Vector512.Load(from + i)).Store(to + i);
        }
    }
}
