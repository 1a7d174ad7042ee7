using ILGPU;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary>
/// <see cref="AdamKernel"/> for GPUs, over contiguous weights of any number. All that changes from step to step lies in device memory,
/// so that a captured step can be repeated.
/// </summary>
internal static class GpuAdamKernel
{
    /// <summary>Number of elements of <c>factors</c>: rate, root and gradient scale of <see cref="AdamFactors"/>.</summary>
    internal const int Factors = 3;

    /// <param name="factors">[<see cref="Factors"/>]</param>
    /// <param name="clip">[1]: multiplies the gradient too.</param>
    /// <param name="copy">Receives the weights in bfloat16; empty for none.</param>
    internal static void Step(
        ArrayView<float> weight, ArrayView<float> gradient, ArrayView<float> mean, ArrayView<float> square, ArrayView<float> factors,
        ArrayView<float> clip, float beta1, float rest1, float beta2, float rest2, float epsilon, ArrayView<ushort> copy)
    {
        float rate = factors[0];
        float inverseRoot = 1 / factors[1];
        float scale = factors[2] * clip[0];
        for (long i = ((long)Grid.IdxX * Group.DimX) + Group.IdxX; i < weight.Length; i += (long)Grid.DimX * Group.DimX)
        {
            float g = gradient[i] * scale;
            float m = (beta1 * mean[i]) + (rest1 * g);
            float v = (beta2 * square[i]) + (rest2 * g * g);
            float w = weight[i] - (rate * m / ((MathF.Sqrt(v) * inverseRoot) + epsilon));
            mean[i] = m;
            square[i] = v;
            weight[i] = w;
            if (copy.Length > 0)
            {
                copy[i] = GpuBFloat16.Store(w);
            }
        }
    }
}
