using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DistillStudio.Engine.Runtime.Hardware;

namespace DistillStudio.Engine.Kernels;

/// <summary>Looks up table rows by id, with dropout, and computes the backward pass.</summary>
internal static unsafe class EmbeddingKernel
{
    private const int RowsPerPart = 32;
    private const int ColumnsPerPart = 64;

    /// <param name="rows">Rows with a token; the rest, up to <paramref name="paddedRows"/>, become zeros.</param>
    /// <param name="paddedRows">A multiple of 32.</param>
    /// <param name="width">D</param>
    /// <param name="table">[V, D]</param>
    /// <param name="ids">[rows]</param>
    /// <param name="keys">[rows]</param>
    /// <param name="mask">Dropout mask of the result.</param>
    /// <param name="x">Receives [paddedRows, D].</param>
    internal static void Forward(int rows, int paddedRows, int width, float* table, int* ids, ulong* keys, DropoutMask mask, float* x) =>
        ParallelTeam.Run(paddedRows / RowsPerPart, new ForwardJob(rows, width, table, ids, keys, mask, x));

    private readonly struct ForwardJob(int rows, int width, float* table, int* ids, ulong* keys, DropoutMask mask, float* x) : IJob
    {
        public void Do(int part, int worker) => ForwardPart(part, rows, width, table, ids, keys, mask, x);
    }

    [MethodImpl(Lanes.Kernel)]
    private static void ForwardPart(int part, int rows, int width, float* table, int* ids, ulong* keys, DropoutMask mask, float* x)
    {
        for (int row = part * RowsPerPart; row < (part + 1) * RowsPerPart; row++)
        {
            float* to = x + ((long)row * width);
            if (row >= rows)
            {
                new Span<float>(to, width).Clear();
                continue;
            }

            float* from = table + ((long)ids[row] * width);
            RowMask drop = mask.Row(keys[row]);
            for (int i = 0; i < width; i += Lanes.Count)
            {
                RowEnds.Store<Float32Format>(to, i, width - i, drop.Apply(RowEnds.Load<Float32Format>(from, i, width - i), i));
            }
        }
    }

    /// <summary>
    /// Accumulates each row's gradient into that of its id. Each part owns a range of columns, so that the order of the sums is
    /// deterministic.
    /// </summary>
    /// <param name="rows">Rows with a token.</param>
    /// <param name="width">D</param>
    /// <param name="gradient">[rows, D]: gradient of the result.</param>
    /// <param name="ids">[rows]</param>
    /// <param name="keys">[rows]</param>
    /// <param name="mask">The same as in the forward pass.</param>
    /// <param name="tableGradient">[V, D]: accumulates the gradient.</param>
    internal static void Backward(int rows, int width, float* gradient, int* ids, ulong* keys, DropoutMask mask, float* tableGradient) =>
        ParallelTeam.Run(
            (width + ColumnsPerPart - 1) / ColumnsPerPart, new BackwardJob(rows, width, gradient, ids, keys, mask, tableGradient));

    private readonly struct BackwardJob(int rows, int width, float* gradient, int* ids, ulong* keys, DropoutMask mask, float* tableGradient)
        : IJob
    {
        public void Do(int part, int worker) => BackwardPart(part, rows, width, gradient, ids, keys, mask, tableGradient);
    }

    [MethodImpl(Lanes.Kernel)]
    private static void BackwardPart(
        int part, int rows, int width, float* gradient, int* ids, ulong* keys, DropoutMask mask, float* tableGradient)
    {
        int end = Math.Min(width, (part + 1) * ColumnsPerPart);
        for (int row = 0; row < rows; row++)
        {
            RowMask drop = mask.Row(keys[row]);
            float* from = gradient + ((long)row * width);
            float* to = tableGradient + ((long)ids[row] * width);
            for (int i = part * ColumnsPerPart; i < end; i += Lanes.Count)
            {
                Vector512<float> sum = RowEnds.Load<Float32Format>(to, i, end - i)
                    + drop.Apply(RowEnds.Load<Float32Format>(from, i, end - i), i);
                RowEnds.Store<Float32Format>(to, i, end - i, sum);
            }
        }
    }
}
