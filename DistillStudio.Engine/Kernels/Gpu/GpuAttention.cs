using static TorchSharp.torch;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary><see cref="GpuAttentionKernel"/> as operations on tensors.</summary>
/// <param name="launcher">Where the kernels run.</param>
internal sealed class GpuAttention(IKernelLauncher launcher)
{
    /// <inheritdoc cref="IFusedOperations.Attend"/>
    internal (Tensor Output, Tensor Statistics) Forward(AttentionOperands operands, AttentionMap map, MaskSource source, GpuMask mask)
    {
        Require(map);
        Tensor q = operands.Q;
        Tensor output = empty_like(q);
        Tensor statistics = empty([q.shape[0], map.Heads, GpuAttentionKernel.Statistics], device: q.device);
        using Tensor none = empty(0, ScalarType.Int64, q.device);
        launcher.Launch(
            KernelOf(nameof(GpuAttentionKernel.Forward), q), (int)q.shape[0] * map.Heads, Threads(q, map), A(q), A(operands.K),
            A(operands.V), A(operands.Table), A(map.Buckets ?? none), A(map.Queries.Owners), A(map.Queries.Starts), A(map.Keys.Starts),
            A(source.Keys), A(source.Seed), KernelArgument.Of(mask), ShapeOf(q, map), A(output), A(statistics));
        return (output, statistics);
    }

    /// <inheritdoc cref="IFusedOperations.AttendBackward"/>
    internal (Tensor Q, Tensor K, Tensor V, Tensor? Table) Backward(
        AttentionOperands operands, AttentionMap map, MaskSource source, GpuMask mask, Tensor gradient, Tensor statistics)
    {
        Require(map);
        (Tensor q, Tensor k, Tensor v) = (operands.Q, operands.K, operands.V);
        (Tensor dq, Tensor dk, Tensor dv) = (empty_like(q), empty_like(k), empty_like(v));
        using Tensor? parts = operands.Table is null ? null : empty([q.shape[0], operands.Table.numel()], device: q.device);
        using Tensor none = empty(0, ScalarType.Int64, q.device);
        launcher.Launch(
            KernelOf(nameof(GpuAttentionKernel.BackwardQueries), q), (int)q.shape[0] * map.Heads, Threads(q, map), A(q), A(k), A(v),
            A(operands.Table), A(map.Buckets ?? none), A(map.Queries.Owners), A(map.Queries.Starts), A(map.Keys.Starts), A(source.Keys),
            A(source.Seed), KernelArgument.Of(mask), ShapeOf(q, map), A(gradient), A(statistics), A(dq), A(parts));
        launcher.Launch(
            KernelOf(nameof(GpuAttentionKernel.BackwardKeys), q), (int)k.shape[0] * map.Heads, Threads(q, map), A(q), A(k), A(v),
            A(operands.Table), A(map.Buckets ?? none), A(map.Keys.Owners), A(map.Queries.Starts), A(map.Keys.Starts), A(source.Keys),
            A(source.Seed), KernelArgument.Of(mask), ShapeOf(q, map), A(gradient), A(statistics), A(dk), A(dv));
        Tensor? table = parts is null ? null : new GpuOperations(launcher).SumColumns(parts).view(operands.Table!.shape);
        return (dq, dk, dv, table);
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

    private static KernelArgument ShapeOf(Tensor q, AttentionMap map) =>
        KernelArgument.Of(new GpuAttentionShape(map.Heads, (int)q.shape[1] / map.Heads, map.Reach, map.IsCausal));
}
