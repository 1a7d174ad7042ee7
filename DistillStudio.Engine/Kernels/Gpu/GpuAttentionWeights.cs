using static TorchSharp.torch;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary><see cref="GpuAttentionWeightsKernel"/> as operations on tensors.</summary>
/// <param name="launcher">Where the kernels run.</param>
internal sealed class GpuAttentionWeights(IKernelLauncher launcher)
{
    private const int WarpSize = 32;
    private const int MostParts = 8; // of the sequences, for the position bias's gradient: enough work for every multiprocessor

    /// <inheritdoc cref="IFusedOperations.AttentionWeights"/>
    internal (Tensor Dropped, Tensor Statistics) Forward(
        Tensor scores, Tensor? table, AttentionMap map, MaskSource source, GpuMask mask)
    {
        Tensor dropped = empty_like(scores);
        Tensor statistics = empty([.. scores.shape[..^1], GpuAttentionWeightsKernel.Statistics], device: scores.device);
        Launch(nameof(GpuAttentionWeightsKernel.Forward), scores, table, map, source, mask, dropped, statistics);
        return (dropped, statistics);
    }

    /// <inheritdoc cref="IFusedOperations.AttentionWeightsBackward"/>
    internal (Tensor Scores, Tensor? Table) Backward(
        Tensor scores, Tensor? table, AttentionMap map, MaskSource source, GpuMask mask, Tensor gradient, Tensor statistics)
    {
        Tensor scoreGradient = empty_like(scores);
        Launch(nameof(GpuAttentionWeightsKernel.Backward), scores, table, map, source, mask, gradient, statistics, scoreGradient);
        return (scoreGradient, table is null ? null : TableGradient(scoreGradient, table, map));
    }

    private void Launch(
        string kernel, Tensor scores, Tensor? table, AttentionMap map, MaskSource source, GpuMask mask, params Tensor[] rest)
    {
        using Tensor none = empty(0, ScalarType.Int64, scores.device);
        int threads = Math.Min(launcher.ThreadsFor(int.MaxValue), GpuAttentionWeightsKernel.MostWarps * WarpSize);
        int rows = checked((int)(scores.numel() / scores.shape[^1]));
        int rowsPerGroup = Math.Max(1, threads / WarpSize);
        launcher.Launch(
            GpuKernel.Of(typeof(GpuAttentionWeightsKernel), kernel, GpuOperations.Formats(scores.dtype)),
            (rows + rowsPerGroup - 1) / rowsPerGroup, threads,
            [
                A(scores), table is null ? KernelArgument.None<float>() : A(table), A(map.Buckets ?? none), A(map.Queries.Starts),
                A(map.Keys.Starts), A(source.Keys), A(source.Seed), KernelArgument.Of(mask), ShapeOf(map), Queries(scores), Keys(scores),
                KernelArgument.Of(rows), .. rest.Select(A),
            ]);
    }

    /// <summary>Adds over the sequences, then over the distances of each bucket, both in a fixed order.</summary>
    private Tensor TableGradient(Tensor scoreGradient, Tensor table, AttentionMap map)
    {
        (int sequences, int queries, int keys) =
            ((int)scoreGradient.shape[0], (int)scoreGradient.shape[2], (int)scoreGradient.shape[3]);
        int each = Math.Max(1, (sequences + MostParts - 1) / MostParts);
        int parts = (sequences + each - 1) / each;
        int lines = map.Heads * queries;
        using Tensor sums = empty([parts, lines, keys], device: table.device);
        launcher.Launch(
            GpuKernel.Of(
                typeof(GpuAttentionWeightsKernel), nameof(GpuAttentionWeightsKernel.SumSequences),
                GpuOperations.Formats(scoreGradient.dtype)),
            parts * lines, launcher.ThreadsFor(keys), A(scoreGradient), KernelArgument.Of(sequences), KernelArgument.Of(each),
            KernelArgument.Of(lines), KernelArgument.Of(keys), A(sums));
        Tensor gradient = empty_like(table);
        launcher.Launch(
            GpuKernel.Of(typeof(GpuAttentionWeightsKernel), nameof(GpuAttentionWeightsKernel.SumBuckets)), (int)table.numel(),
            launcher.ThreadsFor(queries * keys), A(sums), A(map.Buckets!), ShapeOf(map), KernelArgument.Of(parts), Queries(scoreGradient),
            Keys(scoreGradient), A(gradient));
        return gradient;
    }

    private static KernelArgument A(Tensor tensor) => KernelArgument.Of(tensor);

    private static KernelArgument Queries(Tensor scores) => KernelArgument.Of((int)scores.shape[2]);

    private static KernelArgument Keys(Tensor scores) => KernelArgument.Of((int)scores.shape[3]);

    /// <summary>Without what belongs to packed rows.</summary>
    private static KernelArgument ShapeOf(AttentionMap map) =>
        KernelArgument.Of(new GpuAttentionShape(map.Heads, 0, map.Reach, map.IsCausal, 0, 0));
}
