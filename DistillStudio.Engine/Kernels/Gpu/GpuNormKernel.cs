using ILGPU;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary><see cref="NormKernel{TFormat}"/> for GPUs.</summary>
/// <remarks>
/// In all kernels of this namespace, x is row-major and consecutive threads of a group read consecutive columns. <c>keys</c> [rows] are
/// the dropout keys of the rows and <c>seed</c> [1] the seed of the step.
/// </remarks>
internal static class GpuNormKernel
{
    /// <summary>A group computes a row: x' = x + drop(y), then n = drop(w ∘ x' · r).</summary>
    /// <param name="added">y, [rows, D]; empty for none.</param>
    /// <param name="sum">Receives x', [rows, D]; unused if nothing is added.</param>
    /// <param name="inverse">Receives r, [rows].</param>
    /// <param name="normed">Receives n, [rows, D].</param>
    internal static void Forward<TAdded, TAddedFormat, TNormed, TNormedFormat>(
        ArrayView<float> x, ArrayView<TAdded> added, ArrayView<float> weight, ArrayView<long> keys, ArrayView<long> seed,
        GpuMask addedMask, GpuMask normedMask, float epsilon, int width, ArrayView<float> sum, ArrayView<float> inverse,
        ArrayView<TNormed> normed)
        where TAdded : unmanaged
        where TNormed : unmanaged
        where TAddedFormat : struct, IGpuFormat<TAdded>
        where TNormedFormat : struct, IGpuFormat<TNormed>
    {
        int row = Grid.IdxX;
        bool adds = added.Length > 0;
        ArrayView<float> own = GpuRows.Of(x, row, width, width);
        ArrayView<TAdded> y = adds ? GpuRows.Of(added, row, width, width) : added;
        ArrayView<float> total = GpuRows.Of(sum, row, width, width);
        ArrayView<TNormed> n = GpuRows.Of(normed, row, width, width);
        GpuRowMask before = addedMask.Row(seed[0], (ulong)keys[row]);
        float squares = 0;
        for (int i = Group.IdxX; i < width; i += Group.DimX)
        {
            float value = own[i];
            if (adds)
            {
                value += TAddedFormat.Load(y[i]) * before.Factor(i);
                total[i] = value;
            }

            squares += value * value;
        }

        float factor = 1 / MathF.Sqrt((GroupReduction.Sum(squares) / width) + epsilon);
        GpuRowMask after = normedMask.Row(seed[0], (ulong)keys[row]);
        for (int i = Group.IdxX; i < width; i += Group.DimX)
        {
            float value = adds ? total[i] : own[i];
            n[i] = TNormedFormat.Store(weight[i] * (value * factor) * after.Factor(i));
        }

        if (Group.IdxX == 0)
        {
            inverse[row] = factor;
        }
    }

    /// <summary>
    /// A group computes consecutive rows: with x̂ = x' · r and g = w ∘ drop(dn), dx = dx' + r · (g − x̂ · mean(g ∘ x̂)), dy = drop(dx),
    /// and its part of dw = Σ drop(dn) ∘ x̂.
    /// </summary>
    /// <param name="sum">x'</param>
    /// <param name="normedGradient">dn</param>
    /// <param name="sumGradient">dx'; empty for zeros.</param>
    /// <param name="gradient">Receives dx.</param>
    /// <param name="addedGradient">Receives dy; empty if nothing was added.</param>
    /// <param name="weightParts">Receives dw of each group, [groups, D].</param>
    internal static void Backward<TAdded, TAddedFormat, TNormed, TNormedFormat>(
        ArrayView<float> sum, ArrayView<float> weight, ArrayView<float> inverse, ArrayView<TNormed> normedGradient,
        ArrayView<float> sumGradient, ArrayView<long> keys, ArrayView<long> seed, GpuMask addedMask, GpuMask normedMask, int width,
        int rowsPerGroup, ArrayView<float> gradient, ArrayView<TAdded> addedGradient, ArrayView<float> weightParts)
        where TAdded : unmanaged
        where TNormed : unmanaged
        where TAddedFormat : struct, IGpuFormat<TAdded>
        where TNormedFormat : struct, IGpuFormat<TNormed>
    {
        bool addsSum = sumGradient.Length > 0;
        bool wasAdded = addedGradient.Length > 0;
        ArrayView<float> dw = GpuRows.Of(weightParts, Grid.IdxX, width, width);
        for (int i = Group.IdxX; i < width; i += Group.DimX)
        {
            dw[i] = 0;
        }

        GpuStepMask befores = addedMask.Step(seed[0]);
        GpuStepMask afters = normedMask.Step(seed[0]);
        int end = Math.Min((Grid.IdxX + 1) * rowsPerGroup, (int)inverse.Length);
        for (int row = Grid.IdxX * rowsPerGroup; row < end; row++)
        {
            ArrayView<float> total = GpuRows.Of(sum, row, width, width);
            ArrayView<TNormed> dn = GpuRows.Of(normedGradient, row, width, width);
            ArrayView<float> ds = addsSum ? GpuRows.Of(sumGradient, row, width, width) : sumGradient;
            ArrayView<float> dx = GpuRows.Of(gradient, row, width, width);
            ArrayView<TAdded> dy = wasAdded ? GpuRows.Of(addedGradient, row, width, width) : addedGradient;
            float factor = inverse[row];
            GpuRowMask after = afters.Row((ulong)keys[row]);
            float products = 0;
            for (int i = Group.IdxX; i < width; i += Group.DimX)
            {
                float own = TNormedFormat.Load(dn[i]) * after.Factor(i);
                float unit = total[i] * factor;
                products += own * weight[i] * unit;
                dw[i] += own * unit;
            }

            float mean = GroupReduction.Sum(products) / width;
            GpuRowMask before = befores.Row((ulong)keys[row]);
            for (int i = Group.IdxX; i < width; i += Group.DimX)
            {
                float own = TNormedFormat.Load(dn[i]) * after.Factor(i) * weight[i];
                float slope = factor * (own - (total[i] * factor * mean));
                slope = addsSum ? slope + ds[i] : slope;
                dx[i] = slope;
                if (wasAdded)
                {
                    dy[i] = TAddedFormat.Store(slope * before.Factor(i));
                }
            }
        }
    }

    /// <summary>A group adds up a column of <paramref name="parts"/>, [rows, D].</summary>
    /// <param name="sums">Receives [D].</param>
    internal static void SumColumns(ArrayView<float> parts, ArrayView<float> sums)
    {
        long width = sums.Length;
        float sum = 0;
        for (long i = ((long)Group.IdxX * width) + Grid.IdxX; i < parts.Length; i += Group.DimX * width)
        {
            sum += parts[i];
        }

        sum = GroupReduction.Sum(sum);
        if (Group.IdxX == 0)
        {
            sums[Grid.IdxX] = sum;
        }
    }
}
