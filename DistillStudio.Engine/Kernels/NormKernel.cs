using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DistillStudio.Engine.Runtime.Hardware;

namespace DistillStudio.Engine.Kernels;

/// <summary>
/// Operations on the residual stream between two products, row by row: x' = x + drop(y), then n = drop(w ∘ x' · r) with r = (mean(x'²) +
/// ε)^-½ (Zhang and Sennrich 2019, https://arxiv.org/abs/1910.07467, equation 4), and the backward pass.
/// </summary>
/// <typeparam name="TFormat">Format of the operands of products; the residual stream is float32.</typeparam>
internal static unsafe class NormKernel<TFormat>
    where TFormat : struct, INumberFormat
{
    /// <summary>Number of rows in a part of a job.</summary>
    private const int RowsPerPart = 32;

    /// <param name="Rows">Number of rows; those without a token are zeros and remain so.</param>
    /// <param name="Width">D</param>
    /// <param name="Keys">[rows]: dropout key of each row.</param>
    internal readonly record struct Shape(int Rows, int Width, nint Keys)
    {
        internal int Parts => (Rows + RowsPerPart - 1) / RowsPerPart;
    }

    /// <param name="shape">Shape of all matrices.</param>
    /// <param name="x">[rows, D], float32</param>
    /// <param name="added">y, [rows, D]; null for none.</param>
    /// <param name="addedMask">Dropout mask of y.</param>
    /// <param name="sum">x', [rows, D], float32; not written if nothing is added.</param>
    /// <param name="weight">w, [D]</param>
    /// <param name="epsilon">ε</param>
    /// <param name="inverse">Receives r, [rows].</param>
    /// <param name="normed">Receives n, [rows, D].</param>
    /// <param name="normedMask">Dropout mask of n.</param>
    /// <param name="scale">Factor of n.</param>
    internal static void Forward(
        Shape shape, float* x, void* added, DropoutMask addedMask, float* sum, float* weight, float epsilon, float* inverse, void* normed,
        DropoutMask normedMask, float scale) =>
        ParallelTeam.Run(shape.Parts, new ForwardJob(shape, x, added, addedMask, sum, weight, epsilon, inverse, normed, normedMask, scale));

    private readonly struct ForwardJob(
        Shape shape, float* x, void* added, DropoutMask addedMask, float* sum, float* weight, float epsilon, float* inverse, void* normed,
        DropoutMask normedMask, float scale) : IJob
    {
        public void Do(int part, int worker) =>
            ForwardPart(part, shape, x, added, addedMask, sum, weight, epsilon, inverse, normed, normedMask, scale);
    }

    [MethodImpl(Lanes.Kernel)]
    private static void ForwardPart(
        int part, Shape shape, float* x, void* added, DropoutMask addedMask, float* sum, float* weight, float epsilon, float* inverse,
        void* normed, DropoutMask normedMask, float scale)
    {
        for (int row = part * RowsPerPart; row < Math.Min(shape.Rows, (part + 1) * RowsPerPart); row++)
        {
            ulong key = ((ulong*)shape.Keys)[row];
            long start = (long)row * shape.Width;
            float* residual = x + start;
            if (added is not null)
            {
                Add(residual, added, start, addedMask.Row(key), sum + start, shape.Width);
                residual = sum + start;
            }

            inverse[row] = 1 / MathF.Sqrt((SumOfSquares(residual, shape.Width) / shape.Width) + epsilon);
            Vector512<float> factor = Vector512.Create(inverse[row]);
            Vector512<float> last = Vector512.Create(scale);
            RowMask mask = normedMask.Row(key);
            for (int i = 0; i < shape.Width; i += Lanes.Count)
            {
                int left = shape.Width - i;
                Vector512<float> value = RowEnds.Load<Float32Format>(weight, i, left) * (
                    RowEnds.Load<Float32Format>(residual, i, left) * factor);
                RowEnds.Store<TFormat>(normed, start + i, left, mask.Apply(value, i) * last);
            }
        }
    }

    /// <summary>
    /// With x̂ = x' · r and g = w ∘ drop(dn), computes dx' += r · (g − x̂ · mean(g ∘ x̂)) and dw = Σ drop(dn) ∘ x̂ over the rows; then dy
    /// = drop(dx').
    /// </summary>
    /// <param name="shape">Shape of all matrices.</param>
    /// <param name="sum">x'</param>
    /// <param name="weight">w</param>
    /// <param name="inverse">r</param>
    /// <param name="normedGradient">dn</param>
    /// <param name="normedMask">The same as in the forward pass.</param>
    /// <param name="scale">The same as in the forward pass.</param>
    /// <param name="residualGradient">dx', [rows, D], float32; accumulates.</param>
    /// <param name="addedGradient">Receives dy; null if nothing was added.</param>
    /// <param name="addedMask">The same as in the forward pass.</param>
    /// <param name="weightParts">Receives dw of each part, [parts, D].</param>
    internal static void Backward(
        Shape shape, float* sum, float* weight, float* inverse, void* normedGradient, DropoutMask normedMask, float scale,
        float* residualGradient, void* addedGradient, DropoutMask addedMask, float* weightParts) =>
        ParallelTeam.Run(
            shape.Parts,
            new BackwardJob(
                shape, sum, weight, inverse, normedGradient, normedMask, scale, residualGradient, addedGradient, addedMask, weightParts));

    private readonly struct BackwardJob(
        Shape shape, float* sum, float* weight, float* inverse, void* normedGradient, DropoutMask normedMask, float scale,
        float* residualGradient, void* addedGradient, DropoutMask addedMask, float* weightParts) : IJob
    {
        public void Do(int part, int worker) =>
            BackwardPart(
                part, shape, sum, weight, inverse, normedGradient, normedMask, scale, residualGradient, addedGradient, addedMask,
                weightParts);
    }

    [MethodImpl(Lanes.Kernel)]
    private static void BackwardPart(
        int part, Shape shape, float* sum, float* weight, float* inverse, void* normedGradient, DropoutMask normedMask, float scale,
        float* residualGradient, void* addedGradient, DropoutMask addedMask, float* weightParts)
    {
        float* weightGradient = weightParts + ((long)part * shape.Width);
        new Span<float>(weightGradient, shape.Width).Clear();
        for (int row = part * RowsPerPart; row < Math.Min(shape.Rows, (part + 1) * RowsPerPart); row++)
        {
            ulong key = ((ulong*)shape.Keys)[row];
            RowMask mask = normedMask.Row(key);
            long start = (long)row * shape.Width;
            Vector512<float> factor = Vector512.Create(inverse[row]);
            Vector512<float> last = Vector512.Create(scale);
            Vector512<float> products = Vector512<float>.Zero;
            for (int i = 0; i < shape.Width; i += Lanes.Count)
            {
                int left = shape.Width - i;
                Vector512<float> gradient = mask.Apply(RowEnds.Load<TFormat>(normedGradient, start + i, left), i) * last;
                Vector512<float> unit = RowEnds.Load<Float32Format>(sum, start + i, left) * factor;
                products = Vector512.FusedMultiplyAdd(gradient * RowEnds.Load<Float32Format>(weight, i, left), unit, products);
                RowEnds.Store<Float32Format>(
                    weightGradient, i, left,
                    Vector512.FusedMultiplyAdd(gradient, unit, RowEnds.Load<Float32Format>(weightGradient, i, left)));
            }

            Vector512<float> mean = Vector512.Create(Vector512.Sum(products) / shape.Width);
            RowMask before = addedMask.Row(key);
            for (int i = 0; i < shape.Width; i += Lanes.Count)
            {
                int left = shape.Width - i;
                Vector512<float> gradient =
                    mask.Apply(
                        RowEnds.Load<TFormat>(normedGradient, start + i, left), i) * last * RowEnds.Load<Float32Format>(weight, i, left);
                Vector512<float> unit = RowEnds.Load<Float32Format>(sum, start + i, left) * factor;
                Vector512<float> total = RowEnds.Load<Float32Format>(residualGradient, start + i, left)
                    + (factor * (gradient - (unit * mean)));
                RowEnds.Store<Float32Format>(residualGradient, start + i, left, total);
                if (addedGradient is not null)
                {
                    RowEnds.Store<TFormat>(addedGradient, start + i, left, before.Apply(total, i));
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(float* x, void* added, long start, RowMask mask, float* sum, int width)
    {
        for (int i = 0; i < width; i += Lanes.Count)
        {
            int left = width - i;
            Vector512<float> value = mask.Apply(RowEnds.Load<TFormat>(added, start + i, left), i);
            RowEnds.Store<Float32Format>(sum, i, left, RowEnds.Load<Float32Format>(x, i, left) + value);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float SumOfSquares(float* x, int width)
    {
        Vector512<float> sum = Vector512<float>.Zero;
        for (int i = 0; i < width; i += Lanes.Count)
        {
            Vector512<float> value = RowEnds.Load<Float32Format>(x, i, width - i);
            sum = Vector512.FusedMultiplyAdd(value, value, sum);
        }

        return Vector512.Sum(sum);
    }
}
