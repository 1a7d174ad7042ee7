using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Runtime.Hardware;

namespace DistillStudio.Tests.Engine.Kernels;

/// <summary>Against plain attention in float64, and its derivative by differences.</summary>
public sealed unsafe class AttentionKernelTests
{
    private const int Heads = 5; // a whole part and the beginning of another
    private const int HeadWidth = 6;
    private const int Width = Heads * HeadWidth;

    private static readonly DropoutMask Mask = new(seed: 5, site: 2, rate: 0.25);
    private static readonly int[] QueryStarts = [0, 3, 10];
    private static readonly int[] LongKeyStarts = [0, 4, 22];
    private static readonly uint[] Sequences = [7, 4];

    /// <summary>Causal within the queries' own rows, with a bias; or over other rows without one.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ForwardAndBackward_OfUnequalSequences_AreThoseOfPlainAttention(bool isCausal)
    {
        int[] keyStarts = isCausal ? QueryStarts : LongKeyStarts;
        int distances = 7 + Lanes.RoundUp(isCausal ? 7 : 18);
        var plain = new PlainAttention(
            keyStarts, distances, isCausal, Random(QueryStarts[^1] * Width, 1), Random(keyStarts[^1] * Width, 2),
            Random(keyStarts[^1] * Width, 3), isCausal ? Random(Heads * distances, 4) : null);
        double[] resultGradient = Random(QueryStarts[^1] * Width, 5);

        float[] q = Floats(plain.Queries), k = Floats(plain.Keys), v = Floats(plain.Values), bias = Floats(plain.Bias ?? []);
        float[] dO = Floats(resultGradient), dQ = new float[q.Length], dK = new float[k.Length], dV = new float[v.Length];
        float[] result = new float[q.Length], logSums = new float[Heads * QueryStarts[^1]];
        float[] biasParts = new float[Sequences.Length * Heads * distances];
        fixed (int* queryStarts = QueryStarts, keys = keyStarts)
        fixed (uint* sequences = Sequences)
        fixed (float* qData = q, kData = k, vData = v, biasData = bias, oData = result, logData = logSums)
        fixed (float* dOData = dO, dQData = dQ, dKData = dK, dVData = dV, partData = biasParts)
        {
            var shape = new AttentionShape(Heads, HeadWidth, Sequences.Length, queryStarts, keys, sequences, isCausal);
            Assert.Equal(distances, shape.Distances);
            fixed (float* scratch = new float[ParallelTeam.Size * AttentionScratch.Size(shape)])
            {
                var operands = new AttentionKernel<Float32Format>.Operands(
                    shape, (nint)qData, (nint)kData, (nint)vData, (nint)biasData, Mask, (nint)scratch, (nint)logData);
                AttentionKernel<Float32Format>.Forward(operands, oData);
                AttentionKernel<Float32Format>.Backward(
                    operands, new((nint)dOData, (nint)dQData, (nint)dKData, (nint)dVData, isCausal ? (nint)partData : 0));
            }
        }

        KernelNumbers.AssertClose(plain.Result(), result);
        KernelNumbers.AssertClose(plain.Gradient(plain.Queries, resultGradient), dQ, 1e-4);
        KernelNumbers.AssertClose(plain.Gradient(plain.Keys, resultGradient), dK, 1e-4);
        KernelNumbers.AssertClose(plain.Gradient(plain.Values, resultGradient), dV, 1e-4);
        int half = biasParts.Length / Sequences.Length;
        float[] biasGradient = [.. biasParts[..half].Zip(biasParts[half..], (one, other) => one + other)];
        KernelNumbers.AssertClose(plain.Bias is { } table ? plain.Gradient(table, resultGradient) : new double[half], biasGradient, 1e-4);
    }

    private static double[] Random(int count, ulong seed) => [.. KernelNumbers.Random(count, seed).Select(x => (double)x)];

    private static float[] Floats(double[] numbers) => [.. numbers.Select(x => (float)x)];

    private sealed record PlainAttention(
        int[] KeyStarts, int Distances, bool IsCausal, double[] Queries, double[] Keys, double[] Values, double[]? Bias)
    {
        public double[] Result()
        {
            double[] result = new double[Queries.Length];
            for (int sequence = 0; sequence < Sequences.Length; sequence++)
            {
                int keys = KeyStarts[sequence + 1] - KeyStarts[sequence];
                for (int query = 0; query < QueryStarts[sequence + 1] - QueryStarts[sequence]; query++)
                {
                    for (int head = 0; head < Heads; head++)
                    {
                        Attend(sequence, head, query, IsCausal ? Math.Min(keys, query + 1) : keys, result);
                    }
                }
            }

            return result;
        }

        /// <summary>The derivative of Σ resultGradient · result by each of the numbers, which are one of the operands.</summary>
        public double[] Gradient(double[] numbers, double[] resultGradient)
        {
            const double Small = 1e-5;
            return [.. Enumerable.Range(0, numbers.Length).Select(i =>
            {
                double kept = numbers[i];
                numbers[i] = kept + Small;
                double above = Objective();
                numbers[i] = kept - Small;
                double below = Objective();
                numbers[i] = kept;
                return (above - below) / (2 * Small);
            })];

            double Objective() => Result().Zip(resultGradient, (o, g) => o * g).Sum();
        }

        private void Attend(int sequence, int head, int query, int seen, double[] result)
        {
            int from = ((QueryStarts[sequence] + query) * Width) + (head * HeadWidth);
            RowMask mask = Mask.Row(RowKeys.OfAttention(Sequences[sequence], head, query));
            double[] weights = new double[seen];
            for (int key = 0; key < seen; key++)
            {
                int at = Place(sequence, head, key);
                double score = Bias is null ? 0 : Bias[(head * Distances) + key - query + 6]; // the longest queries are seven
                for (int i = 0; i < HeadWidth; i++)
                {
                    score += Queries[from + i] * Keys[at + i];
                }

                weights[key] = Math.Exp(score);
            }

            double sum = weights.Sum();
            for (int key = 0; key < seen; key++)
            {
                double weight = weights[key] / sum * mask.Factors(key / Lanes.Count * Lanes.Count)[key % Lanes.Count];
                for (int i = 0; i < HeadWidth; i++)
                {
                    result[from + i] += weight * Values[Place(sequence, head, key) + i];
                }
            }
        }

        private int Place(int sequence, int head, int key) => ((KeyStarts[sequence] + key) * Width) + (head * HeadWidth);
    }
}
