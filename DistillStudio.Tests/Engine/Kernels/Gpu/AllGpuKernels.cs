using DistillStudio.Engine.Kernels.Gpu;

namespace DistillStudio.Tests.Engine.Kernels.Gpu;

/// <summary>Lists all kernels in every number format.</summary>
internal static class AllGpuKernels
{
    private static readonly Type[][] Formats = [[typeof(float), typeof(GpuFloat32)], [typeof(ushort), typeof(GpuBFloat16)]];

    private static readonly Type[] Activations = [typeof(GpuRelu), typeof(GpuSilu), typeof(GpuGeluTanh)];

    public static IReadOnlyList<GpuKernel> List { get; } = [.. Of()];

    private static IEnumerable<GpuKernel> Of()
    {
        yield return GpuKernel.Of(typeof(GpuNormKernel), nameof(GpuNormKernel.SumColumns));
        yield return GpuKernel.Of(typeof(GpuEmbeddingKernel), nameof(GpuEmbeddingKernel.Forward));
        yield return GpuKernel.Of(typeof(GpuEmbeddingKernel), nameof(GpuEmbeddingKernel.Backward));
        yield return GpuKernel.Of(typeof(GpuAdamKernel), nameof(GpuAdamKernel.Step));
        yield return GpuKernel.Of(typeof(GpuAttentionWeightsKernel), nameof(GpuAttentionWeightsKernel.SumBuckets));
        yield return GpuKernel.Of(typeof(GpuHeadRowsKernel), nameof(GpuHeadRowsKernel.Gather), typeof(long));
        yield return GpuKernel.Of(typeof(GpuHeadRowsKernel), nameof(GpuHeadRowsKernel.Scatter), typeof(long));
        foreach (Type[] format in Formats)
        {
            foreach (string name in (string[])[nameof(GpuCrossEntropyKernel.Forward), nameof(GpuCrossEntropyKernel.Backward)])
            {
                yield return GpuKernel.Of(typeof(GpuCrossEntropyKernel), name, format);
                foreach (Type[] other in Formats)
                {
                    yield return GpuKernel.Of(typeof(GpuNormKernel), name, [.. format, .. other]);
                }

                foreach (Type activation in Activations)
                {
                    yield return GpuKernel.Of(typeof(GpuActivationKernel), name, [.. format, activation]);
                }
            }

            yield return GpuKernel.Of(typeof(GpuHeadRowsKernel), nameof(GpuHeadRowsKernel.Gather), format[0]);
            yield return GpuKernel.Of(typeof(GpuHeadRowsKernel), nameof(GpuHeadRowsKernel.Scatter), format[0]);
            yield return GpuKernel.Of(typeof(GpuAttentionWeightsKernel), nameof(GpuAttentionWeightsKernel.Forward), format);
            yield return GpuKernel.Of(typeof(GpuAttentionWeightsKernel), nameof(GpuAttentionWeightsKernel.Backward), format);
            yield return GpuKernel.Of(typeof(GpuAttentionWeightsKernel), nameof(GpuAttentionWeightsKernel.SumSequences), format);
            yield return GpuKernel.Of(typeof(GpuAttentionKernel), nameof(GpuAttentionKernel.Forward), format);
            yield return GpuKernel.Of(typeof(GpuAttentionKernel), nameof(GpuAttentionKernel.BackwardQueries), format);
            yield return GpuKernel.Of(typeof(GpuAttentionKernel), nameof(GpuAttentionKernel.BackwardKeys), format);
        }
    }
}
