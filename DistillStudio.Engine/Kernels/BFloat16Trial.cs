using System.Runtime.InteropServices;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;

namespace DistillStudio.Engine.Kernels;

/// <summary>
/// Decides once per process whether <see cref="PackedBFloat16Gemm"/> multiplies bfloat16 weights in decoding, or
/// <see cref="PackedGemm{TFormat}"/> with float32 arithmetic: a product of a decoder's shape must be right, and must not take longer.
/// </summary>
internal static unsafe class BFloat16Trial
{
    private const string Blocks = "oneDNN's blocks";

    /// <summary>Routes in order of preference.</summary>
    private static readonly string[] Names = [Blocks, "float32 arithmetic"];

    /// <summary>
    /// Largest error of the trial product: operands are small multiples of 1/8, which both formats hold, so that only sums could round.
    /// </summary>
    private const double Tolerance = 1e-3;

    private const int Rows = 32;
    private const int Inputs = 384;
    private const int Outputs = 192;

    private static readonly Lazy<(RouteTrial Chosen, IReadOnlyList<RouteTrial> Trials)> Result = new(Run);

    internal static bool IsChosen => Result.Value.Chosen.Route == Blocks;

    /// <summary>The chosen product with the trials, in one line.</summary>
    internal static string Describe() => RouteChoice.Describe(Result.Value.Chosen, Result.Value.Trials);

    internal static string Route => Result.Value.Chosen.Route;

    private static (RouteTrial, IReadOnlyList<RouteTrial>) Run()
    {
        using IDisposable alone = ParallelTeam.Lead(1);
        var random = new SeededRandom(3);
        float[] x = Numbers(random, Rows * Inputs);
        float[] weight = Numbers(random, Outputs * Inputs);
        using var memory = new Memory();
        fixed (float* input = x)
        {
            nint from = (nint)input;
            Action<nint>[] products = BFloat16Blocks.AreThere
                ? [PackBlocks(weight, memory, from), PackOwn(weight, memory, from)]
                : [PackOwn(weight, memory, from)];
            double[] errors = [.. products.Select(multiply => Error(x, weight, multiply))];
            float[] y = new float[Rows * Outputs];
            fixed (float* output = y)
            {
                nint to = (nint)output;
                double[] seconds = RouteChoice.Time([.. products.Select(multiply => (Action)(() => multiply(to)))]);
                RouteTrial[] trials = [.. Names[^products.Length..].Select((name, i) => new RouteTrial(name, errors[i], seconds[i]))];
                return (RouteChoice.Choose(trials, Tolerance), trials);
            }
        }
    }

    private static float[] Numbers(SeededRandom random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => (random.Next(33) - 16) / 8f)];

    private static Action<nint> PackBlocks(float[] weight, Memory memory, nint x)
    {
        ushort[] narrow = [.. weight.Select(value => (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16))];
        fixed (ushort* from = narrow)
        {
            PackedBFloat16Gemm.Pack(from, Outputs, Inputs, memory.Blocks);
        }

        return y => PackedBFloat16Gemm.Multiply((float*)x, memory.Rounded, Rows, memory.Blocks, Outputs, Inputs, (float*)y);
    }

    private static Action<nint> PackOwn(float[] weight, Memory memory, nint x)
    {
        fixed (float* from = weight)
        {
            PackedGemm<BFloat16Format>.Pack(from, Outputs, Inputs, memory.Own);
        }

        return y => PackedGemm<BFloat16Format>.Multiply((float*)x, Rows, memory.Own, Outputs, Inputs, (float*)y);
    }

    /// <summary>Returns the largest difference from the exact product; infinite if a result is not a number.</summary>
    private static double Error(float[] x, float[] weight, Action<nint> multiply)
    {
        float[] y = new float[Rows * Outputs];
        fixed (float* output = y)
        {
            multiply((nint)output);
        }

        double largest = 0;
        for (int i = 0; i < y.Length; i++)
        {
            ReadOnlySpan<float> row = x.AsSpan(i / Outputs * Inputs, Inputs);
            ReadOnlySpan<float> column = weight.AsSpan(i % Outputs * Inputs, Inputs);
            double exact = 0;
            for (int k = 0; k < Inputs; k++)
            {
                exact += row[k] * column[k];
            }

            double error = Math.Abs(y[i] - exact);
            largest = double.IsNaN(error) ? double.PositiveInfinity : Math.Max(largest, error);
        }

        return largest;
    }

    private sealed class Memory : IDisposable
    {
        private const int Alignment = 64;

        internal void* Rounded { get; } = Take((long)Rows * Inputs);

        internal void* Blocks { get; } = Take(PackedBFloat16Gemm.Count(Outputs, Inputs));

        internal void* Own { get; } = Take(PackedGemm<BFloat16Format>.Count(Outputs, Inputs));

        public void Dispose()
        {
            NativeMemory.AlignedFree(Rounded);
            NativeMemory.AlignedFree(Blocks);
            NativeMemory.AlignedFree(Own);
        }

        private static void* Take(long count) => NativeMemory.AlignedAlloc((nuint)(count * sizeof(ushort)), Alignment);
    }
}
