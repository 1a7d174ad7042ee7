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
    private const string Own = "float32 arithmetic";

    /// <summary>
    /// Largest error of the trial product: operands are small multiples of 1/8, which both formats hold, so that only sums could round.
    /// </summary>
    private const double Tolerance = 1e-3;

    private const int Rows = 32;
    private const int Inputs = 384;
    private const int Outputs = 512;
    private const int Repeats = 5;

    private static readonly Lazy<(RouteTrial Chosen, IReadOnlyList<RouteTrial> Trials)> Result = new(Run);

    internal static bool IsChosen => Result.Value.Chosen.Route == Blocks;

    /// <summary>The chosen product with the trials, in one line.</summary>
    internal static string Describe() => RouteChoice.Describe(Result.Value.Chosen, Result.Value.Trials);

    internal static string Route => Result.Value.Chosen.Route;

    private static (RouteTrial, IReadOnlyList<RouteTrial>) Run()
    {
        var random = new SeededRandom(3);
        float[] x = Numbers(random, Rows * Inputs);
        float[] weight = Numbers(random, Outputs * Inputs);
        RouteTrial own = TryOwn(x, weight);
        if (!BFloat16Blocks.AreThere)
        {
            return (own, [own]);
        }

        RouteTrial[] trials = [TryBlocks(x, weight), own];
        return (RouteChoice.Choose(trials, Tolerance), trials);
    }

    private static float[] Numbers(SeededRandom random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => (random.Next(33) - 16) / 8f)];

    private static RouteTrial TryBlocks(float[] x, float[] weight)
    {
        ushort[] narrow = [.. weight.Select(value => (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16))];
        using var memory = new Memory((long)Rows * Inputs * sizeof(ushort), PackedBFloat16Gemm.Count(Outputs, Inputs) * sizeof(ushort));
        fixed (ushort* from = narrow)
        {
            PackedBFloat16Gemm.Pack(from, Outputs, Inputs, memory.Panels);
        }

        return Try(Blocks, x, weight, (input, y) =>
            PackedBFloat16Gemm.Multiply((float*)input, memory.Scratch, Rows, memory.Panels, Outputs, Inputs, (float*)y));
    }

    private static RouteTrial TryOwn(float[] x, float[] weight)
    {
        using var memory = new Memory(0, PackedGemm<BFloat16Format>.Count(Outputs, Inputs) * sizeof(ushort));
        fixed (float* from = weight)
        {
            PackedGemm<BFloat16Format>.Pack(from, Outputs, Inputs, memory.Panels);
        }

        return Try(Own, x, weight, (input, y) =>
            PackedGemm<BFloat16Format>.Multiply((float*)input, Rows, memory.Panels, Outputs, Inputs, (float*)y));
    }

    private static RouteTrial Try(string route, float[] x, float[] weight, Action<nint, nint> multiply)
    {
        float[] y = new float[Rows * Outputs];
        double seconds;
        fixed (float* input = x, output = y)
        {
            (nint from, nint to) = ((nint)input, (nint)output);
            seconds = SteadyTimer.Shortest(Repeats, () => multiply(from, to));
        }

        return new(route, Error(x, weight, y), seconds);
    }

    private static double Error(float[] x, float[] weight, float[] y)
    {
        double[] errors = new double[Rows];
        ParallelTeam.Run(Rows, (row, _) =>
        {
            for (int output = 0; output < Outputs; output++)
            {
                double exact = 0;
                for (int i = 0; i < Inputs; i++)
                {
                    exact += x[(row * Inputs) + i] * weight[(output * Inputs) + i];
                }

                double error = Math.Abs(y[(row * Outputs) + output] - exact);
                errors[row] = double.IsNaN(error) ? double.PositiveInfinity : Math.Max(errors[row], error);
            }
        });
        return errors.Max();
    }

    private sealed class Memory(long scratchBytes, long panelBytes) : IDisposable
    {
        private const int Alignment = 64;

        internal void* Scratch { get; } = NativeMemory.AlignedAlloc((nuint)Math.Max(1, scratchBytes), Alignment);

        internal void* Panels { get; } = NativeMemory.AlignedAlloc((nuint)panelBytes, Alignment);

        public void Dispose()
        {
            NativeMemory.AlignedFree(Scratch);
            NativeMemory.AlignedFree(Panels);
        }
    }
}
