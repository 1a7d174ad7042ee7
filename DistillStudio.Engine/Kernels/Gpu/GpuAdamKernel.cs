using ILGPU;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary>
/// <see cref="AdamKernel"/> for GPUs, over contiguous weights of any number. All that changes from step to step lies in device memory,
/// so that a captured step can be repeated.
/// </summary>
internal static class GpuAdamKernel
{
    /// <param name="rate">[1], of <see cref="AdamFactors"/></param>
    /// <param name="root">[1]</param>
    /// <param name="scale">[1]: multiplies the gradient; includes clipping.</param>
    /// <param name="copy">Receives the weights in bfloat16; empty for none.</param>
    internal static void Step(
        ArrayView<float> weight, ArrayView<float> gradient, ArrayView<float> mean, ArrayView<float> square, ArrayView<float> rate,
        ArrayView<float> root, ArrayView<float> scale, float beta1, float rest1, float beta2, float rest2, float epsilon,
        ArrayView<ushort> copy)
    {
        float descent = rate[0];
        float inverseRoot = 1 / root[0];
        float factor = scale[0];
        for (long i = ((long)Grid.IdxX * Group.DimX) + Group.IdxX; i < weight.Length; i += (long)Grid.DimX * Group.DimX)
        {
            float g = gradient[i] * factor;
            float m = (beta1 * mean[i]) + (rest1 * g);
            float v = (beta2 * square[i]) + (rest2 * g * g);
            float w = weight[i] - (descent * m / ((MathF.Sqrt(v) * inverseRoot) + epsilon));
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
