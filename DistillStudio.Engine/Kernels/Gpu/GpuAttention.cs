using static TorchSharp.torch;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary><see cref="GpuAttentionKernel"/> as operations on tensors.</summary>
/// <param name="launcher">Where the kernels run.</param>
internal sealed class GpuAttention(IKernelLauncher launcher)
{
    /// <inheritdoc cref="IFusedOperations.Attend"/>
    internal Tensor Forward(AttentionOperands operands, AttentionMap map, MaskSource source, GpuMask mask, Tensor output)
    {
        Require(map);
        Tensor q = operands.Q;
        Tensor statistics = empty([q.shape[0], map.Heads, GpuAttentionKernel.Statistics], device: q.device);
        using Tensor none = empty(0, ScalarType.Int64, q.device);
        launcher.Launch(
            KernelOf(nameof(GpuAttentionKernel.Forward), q), (int)q.shape[0] * map.Heads, Threads(q, map), Rows(q), Rows(operands.K),
            Rows(operands.V), A(operands.Table), A(map.Buckets ?? none), A(map.Queries.Owners), A(map.Queries.Starts), A(map.Keys.Starts),
            A(source.Keys), A(source.Seed), KernelArgument.Of(mask), ShapeOf(map, q, operands.K, operands.V), A(output), A(statistics));
        return statistics;
    }

    /// <inheritdoc cref="IFusedOperations.AttendBackward"/>
    internal Tensor? Backward(
        AttentionOperands operands, AttentionMap map, MaskSource source, GpuMask mask, Tensor gradient, Tensor statistics,
        AttentionGradients gradients)
    {
        Require(map);
        (Tensor q, Tensor k, Tensor v) = (operands.Q, operands.K, operands.V);
        using Tensor? parts = operands.Table is null ? null : empty([q.shape[0], operands.Table.numel()], device: q.device);
        using Tensor none = empty(0, ScalarType.Int64, q.device);
        launcher.Launch(
            KernelOf(nameof(GpuAttentionKernel.BackwardQueries), q), (int)q.shape[0] * map.Heads, Threads(q, map), Rows(q), Rows(k),
            Rows(v), A(operands.Table), A(map.Buckets ?? none), A(map.Queries.Owners), A(map.Queries.Starts), A(map.Keys.Starts),
            A(source.Keys), A(source.Seed), KernelArgument.Of(mask), ShapeOf(map, q, k, v, gradients.Q), A(gradient), A(statistics),
            Rows(gradients.Q), A(parts));
        launcher.Launch(
            KernelOf(nameof(GpuAttentionKernel.BackwardKeys), q), (int)k.shape[0] * map.Heads, Threads(q, map), Rows(q), Rows(k), Rows(v),
            A(operands.Table), A(map.Buckets ?? none), A(map.Keys.Owners), A(map.Queries.Starts), A(map.Keys.Starts), A(source.Keys),
            A(source.Seed), KernelArgument.Of(mask), ShapeOf(map, q, k, v, null, gradients.K, gradients.V), A(gradient), A(statistics),
            Rows(gradients.K), Rows(gradients.V));
        return parts is null ? null : new GpuOperations(launcher).SumColumns(parts).view(operands.Table!.shape);
    }

    private static void Require(AttentionMap map)
    {
        if (Math.Max(map.Queries.Length, map.Keys.Length) > GpuAttentionShape.LongestSequence)
        {
            throw new ArgumentException($"A sequence has more than {GpuAttentionShape.LongestSequence} tokens.");
        }
    }

    private static GpuKernel KernelOf(string name, Tensor q) =>
        GpuKernel.Of(typeof(GpuAttentionKernel), name, GpuOperations.Formats(q.dtype));

    private static KernelArgument A(Tensor? tensor) => tensor is null ? KernelArgument.None<float>() : KernelArgument.Of(tensor);

    private int Threads(Tensor q, AttentionMap map) => launcher.ThreadsFor((int)q.shape[1] / map.Heads);

    private static KernelArgument Rows(Tensor rows) => KernelArgument.OfRows(rows);

    /// <param name="others">Gradients that are written.</param>
    private static KernelArgument ShapeOf(
        AttentionMap map, Tensor q, Tensor k, Tensor v, Tensor? queryGradient = null, params ReadOnlySpan<Tensor?> others) =>
        KernelArgument.Of(new GpuAttentionShape(
            map.Heads, (int)q.shape[1] / map.Heads, map.Reach, map.IsCausal, KernelArgument.StrideOf(q, queryGradient),
            KernelArgument.StrideOf(k, [v, .. others])));
}
