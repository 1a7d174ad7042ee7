using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;

namespace DistillStudio.Engine.Kernels;

/// <summary>
/// <see cref="PackedGemm{TFormat}"/> for processors that multiply pairs of bfloat16: panels of 64 outputs; each panel has two inputs of
/// every output, then the next two. Operands are bfloat16, sums float32.
/// </summary>
internal static unsafe class PackedBFloat16Gemm
{
    private const int Width = 64;

    /// <summary>True if the number of inputs is supported, and the trial on this machine has chosen this product.</summary>
    internal static bool Suits(int inputs) => inputs % 2 == 0 && BFloat16Trial.IsChosen;

    /// <summary>Returns the number of bfloat16 elements in the panels of a matrix.</summary>
    internal static long Count(int outputs, int inputs) => (long)Panels(outputs) * Width * inputs;

    /// <param name="weight">[outputs, inputs], bfloat16</param>
    /// <param name="panels">Receives <see cref="Count"/> elements.</param>
    internal static void Pack(void* weight, int outputs, int inputs, void* panels) =>
        ParallelTeam.Run(Panels(outputs), new PackJob((float*)weight, outputs, inputs / 2, (float*)panels));

    /// <summary>Computes y = x Wᵀ.</summary>
    /// <param name="x">[rows, inputs], float32</param>
    /// <param name="rounded">Receives x as bfloat16: memory for rows · inputs elements.</param>
    /// <param name="rows">Any number of rows.</param>
    /// <param name="panels">W</param>
    /// <param name="y">Receives [rows, outputs].</param>
    internal static void Multiply(float* x, void* rounded, int rows, void* panels, int outputs, int inputs, float* y)
    {
        FlatKernel.Narrow(x, rounded, (long)rows * inputs);
        ParallelTeam.Run(Panels(outputs), new Job(rounded, rows, (ushort*)panels, outputs, inputs, y));
    }

    private static int Panels(int outputs) => (outputs + Width - 1) / Width;

    private readonly struct Job(void* x, int rows, ushort* panels, int outputs, int inputs, float* y) : IJob
    {
        public void Do(int panel, int worker)
        {
            ushort* pairs = panels + ((long)panel * Width * inputs);
            int left = outputs - (panel * Width);
            if (left >= Width)
            {
                BFloat16Blocks.Multiply(rows, Width, inputs, x, pairs, y + (panel * Width), outputs);
                BFloat16Blocks.Release();
                return;
            }

            float* whole = stackalloc float[Width];
            for (int row = 0; row < rows; row++) // the padding outputs of the last panel are not copied to y
            {
                BFloat16Blocks.Multiply(1, Width, inputs, (ushort*)x + ((long)row * inputs), pairs, whole, Width);
                new Span<float>(whole, left).CopyTo(new Span<float>(y + ((long)row * outputs) + (panel * Width), left));
            }

            BFloat16Blocks.Release();
        }
    }

    /// <summary>Packs pairs as elements of 32 bits, so that packing is a transposition.</summary>
    private readonly struct PackJob(float* weight, int outputs, int pairs, float* panels) : IJob
    {
        public void Do(int panel, int worker) => PackPanel(weight, outputs, pairs, panels + ((long)panel * Width * pairs), panel * Width);
    }

    [MethodImpl(Lanes.Kernel)]
    private static void PackPanel(float* weight, int outputs, int pairs, float* panel, int first)
    {
        float* block = stackalloc float[BlockTranspose.Size];
        float* turned = stackalloc float[BlockTranspose.Size];
        for (int pair = 0; pair < pairs; pair += Lanes.Count)
        {
            for (int column = 0; column < Width; column += Lanes.Count)
            {
                for (int i = 0; i < Lanes.Count; i++)
                {
                    int output = first + column + i;
                    Vector512<float> row = output < outputs
                        ? RowEnds.Load<Float32Format>(weight, ((long)output * pairs) + pair, pairs - pair)
                        : Vector512<float>.Zero;
                    row.Store(block + (i * Lanes.Count));
                }

                BlockTranspose.Run(block, turned, Lanes.Count);
                for (int i = 0; i < Math.Min(Lanes.Count, pairs - pair); i++)
                {
                    Vector512.Load(turned + (i * Lanes.Count)).Store(panel + ((long)(pair + i) * Width) + column);
                }
            }
        }
    }
}
