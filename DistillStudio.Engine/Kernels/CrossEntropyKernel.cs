using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DistillStudio.Engine.Runtime.Hardware;

namespace DistillStudio.Engine.Kernels;

/// <summary>
/// Computes the cross-entropy of a row of logits z and a token t: log Σ exp(z) − z_t; its gradient is weight · (softmax(z) − 1 at t).
/// </summary>
internal static unsafe class CrossEntropyKernel<TFormat>
    where TFormat : struct, INumberFormat
{
    /// <param name="rows">Rows with a token; the gradient of the rest, up to <paramref name="paddedRows"/>, is zero.</param>
    /// <param name="paddedRows">Rows of <paramref name="logits"/>.</param>
    /// <param name="vocabulary">V</param>
    /// <param name="logits">[rows, V]; overwritten with the gradient if there are weights.</param>
    /// <param name="targets">[rows], below V</param>
    /// <param name="weights">[rows]: weight of each token in the objective; null for losses only.</param>
    /// <param name="losses">Receives [rows], in nats.</param>
    internal static void Run(int rows, int paddedRows, int vocabulary, void* logits, int* targets, float* weights, float* losses) =>
        ParallelTeam.Run(paddedRows, new Job(rows, vocabulary, logits, targets, weights, losses));

    private readonly struct Job(int rows, int vocabulary, void* logits, int* targets, float* weights, float* losses) : IJob
    {
        public void Do(int row, int worker) => RunRow(row, rows, vocabulary, logits, targets, weights, losses);
    }

    [MethodImpl(Lanes.Kernel)]
    private static void RunRow(int row, int rows, int vocabulary, void* logits, int* targets, float* weights, float* losses)
    {
        long start = (long)row * vocabulary;
        if (row >= rows)
        {
            if (weights is not null)
            {
                new Span<byte>((byte*)logits + (start * TFormat.Size), vocabulary * TFormat.Size).Clear();
            }

            return;
        }

        float highest = Max(logits, start, vocabulary);
        float target = TFormat.LoadOne(logits, start + targets[row]);
        float sum = SumOfExponentials(logits, start, vocabulary, highest, weights is not null);
        losses[row] = MathF.Log(sum) - (target - highest);
        if (weights is not null)
        {
            Vector512<float> factor = Vector512.Create(weights[row] / sum);
            for (int i = 0; i < vocabulary; i += Lanes.Count)
            {
                int left = vocabulary - i;
                RowEnds.Store<TFormat>(logits, start + i, left, RowEnds.Load<TFormat>(logits, start + i, left) * factor);
            }

            float share = MathF.Exp(target - highest) / sum;
            TFormat.StoreOne(logits, start + targets[row], (share - 1) * weights[row]);
        }
    }

    [MethodImpl(Lanes.Kernel)]
    private static float Max(void* logits, long start, int vocabulary)
    {
        Vector512<float> highest = Vector512.Create(float.MinValue);
        int i = 0;
        for (; i + Lanes.Count <= vocabulary; i += Lanes.Count)
        {
            highest = Vector512.MaxNative(highest, TFormat.Load(logits, start + i));
        }

        float best = Lanes.Max(highest);

        for (; i < vocabulary; i++)
        {
            best = MathF.Max(best, TFormat.LoadOne(logits, start + i));
        }

        return best;
    }

    /// <summary>Returns the sum of the exponentials, and replaces the logits by them if requested.</summary>
    [MethodImpl(Lanes.Kernel)]
    private static float SumOfExponentials(void* logits, long start, int vocabulary, float highest, bool keeps)
    {
        Vector512<float> shift = Vector512.Create(highest);
        Vector512<float> sum = Vector512<float>.Zero;
        float rest = 0;
        for (int i = 0; i < vocabulary; i += Lanes.Count)
        {
            int left = vocabulary - i;
            Vector512<float> value = Lanes.Exp(RowEnds.Load<TFormat>(logits, start + i, left) - shift);
            if (left >= Lanes.Count)
            {
                sum += value;
            }
            else
            {
                for (int lane = 0; lane < left; lane++)
                {
                    rest += value[lane];
                }
            }

            if (keeps)
            {
                RowEnds.Store<TFormat>(logits, start + i, left, value);
            }
        }

        return Vector512.Sum(sum) + rest;
    }
}
