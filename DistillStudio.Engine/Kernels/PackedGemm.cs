using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using DistillStudio.Engine.Runtime.Hardware;

namespace DistillStudio.Engine.Kernels;

/// <summary>
/// Multiplies few rows by a large weight matrix, as in token-by-token decoding: reading the weights dominates, so they are stored in
/// reading order, in panels of 32 outputs with all inputs of each. A row's result does not depend on other rows.
/// </summary>
internal static unsafe class PackedGemm<TFormat>
    where TFormat : struct, INumberFormat
{
    /// <summary>Rows are padded to a multiple of this; the padding rows are computed and ignored.</summary>
    internal const int RowStep = 8;

    private const int Width = 2 * Lanes.Count;
    private const int PanelsPerPart = 4;
    private const int NarrowRows = 4;

    /// <summary>Returns the number of elements in the panels of a matrix.</summary>
    internal static long Count(int outputs, int inputs) => (long)Panels(outputs) * Width * inputs;

    /// <param name="weight">[outputs, inputs], float32</param>
    /// <param name="panels">Receives <see cref="Count"/> elements.</param>
    internal static void Pack(float* weight, int outputs, int inputs, void* panels) =>
        ParallelTeam.Run(Panels(outputs), new PackJob(weight, outputs, inputs, panels));

    private readonly struct PackJob(float* weight, int outputs, int inputs, void* panels) : IJob
    {
        public void Do(int panel, int worker) => PackPanel(panel, weight, outputs, inputs, panels);
    }

    /// <summary>Computes y = x Wᵀ.</summary>
    /// <param name="x">[rows, inputs]</param>
    /// <param name="rows">A multiple of <see cref="RowStep"/>.</param>
    /// <param name="panels">W</param>
    /// <param name="y">Receives [rows, outputs].</param>
    internal static void Multiply(float* x, int rows, void* panels, int outputs, int inputs, float* y) =>
        Multiply(x, rows, panels, outputs, inputs, y, Lanes.AreWide);

    /// <inheritdoc cref="Multiply(float*, int, void*, int, int, float*)"/>
    /// <param name="isWide">Whether registers hold 512 bits.</param>
    internal static void Multiply(float* x, int rows, void* panels, int outputs, int inputs, float* y, bool isWide) =>
        ParallelTeam.Run((Panels(outputs) + PanelsPerPart - 1) / PanelsPerPart, new Job(x, rows, panels, outputs, inputs, y, isWide));

    private readonly struct Job(float* x, int rows, void* panels, int outputs, int inputs, float* y, bool isWide) : IJob
    {
        public void Do(int part, int worker)
        {
            int end = Math.Min(Panels(outputs), (part + 1) * PanelsPerPart);
            for (int panel = part * PanelsPerPart; panel < end; panel++)
            {
                MultiplyPanel(panel, x, rows, panels, outputs, inputs, y, isWide);
            }
        }
    }

    private static int Panels(int outputs) => (outputs + Width - 1) / Width;

    [MethodImpl(Lanes.Kernel)]
    private static void PackPanel(int panel, float* weight, int outputs, int inputs, void* panels)
    {
        long start = (long)panel * Width * inputs;
        float* block = stackalloc float[BlockTranspose.Size];
        float* turned = stackalloc float[BlockTranspose.Size];
        for (int input = 0; input < inputs; input += Lanes.Count)
        {
            for (int column = 0; column < Width; column += Lanes.Count)
            {
                for (int i = 0; i < Lanes.Count; i++)
                {
                    int output = (panel * Width) + column + i;
                    Vector512<float> row = output < outputs
                        ? RowEnds.Load<Float32Format>(weight, ((long)output * inputs) + input, inputs - input)
                        : Vector512<float>.Zero;
                    row.Store(block + (i * Lanes.Count));
                }

                BlockTranspose.Run(block, turned, Lanes.Count);
                for (int i = 0; i < Math.Min(Lanes.Count, inputs - input); i++)
                {
                    TFormat.Store(panels, start + ((long)(input + i) * Width) + column, Vector512.Load(turned + (i * Lanes.Count)));
                }
            }
        }
    }

    private static void MultiplyPanel(int panel, float* x, int rows, void* panels, int outputs, int inputs, float* y, bool isWide)
    {
        int left = outputs - (panel * Width);
        int bytes = Width * inputs * TFormat.Size;
        byte* next = (byte*)panels + ((long)(panel + 1) * bytes); // only a prefetch hint past the last panel
        int share = bytes / (rows / RowStep);
        long start = (long)panel * Width * inputs;
        for (int row = 0; row < rows; row += RowStep)
        {
            float* from = x + ((long)row * inputs);
            float* to = y + ((long)row * outputs) + (panel * Width);
            if (isWide)
            {
                Block(from, inputs, panels, start, to, outputs, left, next, share / inputs);
            }
            else
            {
                NarrowBlocks(from, inputs, panels, start, to, outputs, left);
            }

            next += share;
        }
    }

    /// <summary>Keeps 8 × 32 sums in registers.</summary>
    [MethodImpl(Lanes.Kernel)]
    private static void Block(float* x, int inputs, void* panels, long start, float* y, int outputs, int left, byte* next, int nextStep)
    {
        Vector512<float> c00 = default, c10 = default, c20 = default, c30 = default, c40 = default, c50 = default, c60 = default,
        c70 = default;
        Vector512<float> c01 = default, c11 = default, c21 = default, c31 = default, c41 = default, c51 = default, c61 = default,
        c71 = default;
        float* x0 = x;
        float* x1 = x0 + inputs;
        float* x2 = x1 + inputs;
        float* x3 = x2 + inputs;
        float* x4 = x3 + inputs;
        float* x5 = x4 + inputs;
        float* x6 = x5 + inputs;
        float* x7 = x6 + inputs;
        for (int i = 0; i < inputs; i++)
        {
            Vector512<float> w0 = TFormat.Load(panels, start);
            Vector512<float> w1 = TFormat.Load(panels, start + Lanes.Count);
            start += Width;
            if (Sse.IsSupported)
            {
                Sse.Prefetch1(next); // each block of rows of x prefetches a fraction of the next panel
                next += nextStep;
            }

            SmallGemm.Step(Vector512.Create(x0[i]), w0, w1, ref c00, ref c01);
            SmallGemm.Step(Vector512.Create(x1[i]), w0, w1, ref c10, ref c11);
            SmallGemm.Step(Vector512.Create(x2[i]), w0, w1, ref c20, ref c21);
            SmallGemm.Step(Vector512.Create(x3[i]), w0, w1, ref c30, ref c31);
            SmallGemm.Step(Vector512.Create(x4[i]), w0, w1, ref c40, ref c41);
            SmallGemm.Step(Vector512.Create(x5[i]), w0, w1, ref c50, ref c51);
            SmallGemm.Step(Vector512.Create(x6[i]), w0, w1, ref c60, ref c61);
            SmallGemm.Step(Vector512.Create(x7[i]), w0, w1, ref c70, ref c71);
        }

        Store(y, left, c00, c01);
        Store(y + outputs, left, c10, c11);
        Store(y + (2L * outputs), left, c20, c21);
        Store(y + (3L * outputs), left, c30, c31);
        Store(y + (4L * outputs), left, c40, c41);
        Store(y + (5L * outputs), left, c50, c51);
        Store(y + (6L * outputs), left, c60, c61);
        Store(y + (7L * outputs), left, c70, c71);
    }

    /// <summary>Does the work of <see cref="Block"/> with half as many, half as wide registers.</summary>
    private static void NarrowBlocks(float* x, int inputs, void* panels, long start, float* y, int outputs, int left)
    {
        for (int column = 0; column < Math.Min(Width, left); column += Lanes.Count)
        {
            for (int row = 0; row < RowStep; row += NarrowRows)
            {
                NarrowBlock(
                    x + ((long)row * inputs), inputs, panels, start + column, y + ((long)row * outputs) + column, outputs, left - column);
            }
        }
    }

    /// <summary>Keeps 4 × 16 sums in 256-bit registers.</summary>
    [MethodImpl(Lanes.Kernel)]
    private static void NarrowBlock(float* x, int inputs, void* panels, long start, float* y, int outputs, int left)
    {
        Vector256<float> c00 = default, c10 = default, c20 = default, c30 = default;
        Vector256<float> c01 = default, c11 = default, c21 = default, c31 = default;
        float* x0 = x;
        float* x1 = x0 + inputs;
        float* x2 = x1 + inputs;
        float* x3 = x2 + inputs;
        for (int i = 0; i < inputs; i++)
        {
            Vector512<float> w = TFormat.Load(panels, start);
            Vector256<float> w0 = w.GetLower();
            Vector256<float> w1 = w.GetUpper();
            start += Width;
            Step(x0[i], w0, w1, ref c00, ref c01);
            Step(x1[i], w0, w1, ref c10, ref c11);
            Step(x2[i], w0, w1, ref c20, ref c21);
            Step(x3[i], w0, w1, ref c30, ref c31);
        }

        RowEnds.Store<Float32Format>(y, 0, left, Vector512.Create(c00, c01));
        RowEnds.Store<Float32Format>(y + outputs, 0, left, Vector512.Create(c10, c11));
        RowEnds.Store<Float32Format>(y + (2L * outputs), 0, left, Vector512.Create(c20, c21));
        RowEnds.Store<Float32Format>(y + (3L * outputs), 0, left, Vector512.Create(c30, c31));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step(float x, Vector256<float> w0, Vector256<float> w1, ref Vector256<float> c0, ref Vector256<float> c1)
    {
        Vector256<float> each = Vector256.Create(x);
        c0 = Vector256.FusedMultiplyAdd(each, w0, c0);
        c1 = Vector256.FusedMultiplyAdd(each, w1, c1);
    }

    private static void Store(float* y, int left, Vector512<float> c0, Vector512<float> c1)
    {
        RowEnds.Store<Float32Format>(y, 0, left, c0);
        if (left > Lanes.Count)
        {
            RowEnds.Store<Float32Format>(y, Lanes.Count, left - Lanes.Count, c1);
        }
    }
}
