using static TorchSharp.torch;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary>Which packed rows attend to which; all int64.</summary>
/// <param name="QueryRows">[N]: sequence of each query.</param>
/// <param name="QueryStarts">[B + 1]</param>
/// <param name="KeyRows">[M]: sequence of each key.</param>
/// <param name="KeyStarts">[B + 1]</param>
/// <param name="Sequences">[B]: dropout keys.</param>
internal sealed record AttentionRows(Tensor QueryRows, Tensor QueryStarts, Tensor KeyRows, Tensor KeyStarts, Tensor Sequences);

/// <summary>Position bias of an attention.</summary>
/// <param name="Table">[buckets, H], float32</param>
/// <param name="Buckets">[2 · reach + 1], int64: bucket of each distance from −reach, key minus query.</param>
internal sealed record BucketedBias(Tensor Table, Tensor Buckets)
{
    internal int Reach => (int)(Buckets.numel() - 1) / 2;
}

/// <summary><see cref="GpuAttentionKernel"/> as operations on tensors: contiguous, float32 or bfloat16.</summary>
/// <param name="launcher">Where the kernels run.</param>
/// <param name="heads">H</param>
internal sealed class GpuAttention(IKernelLauncher launcher, int heads)
{
    /// <returns>The output, [N, H · d_kv], and the statistics of the backward pass.</returns>
    internal (Tensor Output, Tensor Statistics) Forward(
        Tensor q, Tensor k, Tensor v, BucketedBias? bias, bool isCausal, AttentionRows rows, Tensor seed, GpuMask mask)
    {
        Tensor output = empty_like(q);
        Tensor statistics = empty([q.shape[0], heads, GpuAttentionKernel.Statistics], device: q.device);
        using Tensor none = empty(0, ScalarType.Int64, q.device);
        launcher.Launch(
            KernelOf(nameof(GpuAttentionKernel.Forward), q), (int)q.shape[0] * heads, Threads(q), A(q), A(k), A(v), A(bias?.Table),
            A(bias?.Buckets ?? none), A(rows.QueryRows), A(rows.QueryStarts), A(rows.KeyStarts), A(rows.Sequences), A(seed),
            KernelArgument.Of(mask), ShapeOf(q, bias, isCausal), A(output), A(statistics));
        return (output, statistics);
    }

    /// <param name="statistics">From <see cref="Forward"/>; overwritten.</param>
    /// <returns>The gradients of q, k, v and of the table; the last is null if there is no bias.</returns>
    internal (Tensor Q, Tensor K, Tensor V, Tensor? Table) Backward(
        Tensor q, Tensor k, Tensor v, BucketedBias? bias, bool isCausal, AttentionRows rows, Tensor seed, GpuMask mask, Tensor gradient,
        Tensor statistics)
    {
        (Tensor dq, Tensor dk, Tensor dv) = (empty_like(q), empty_like(k), empty_like(v));
        using Tensor? parts = bias is null ? null : empty([q.shape[0], bias.Table.numel()], device: q.device);
        using Tensor none = empty(0, ScalarType.Int64, q.device);
        launcher.Launch(
            KernelOf(nameof(GpuAttentionKernel.BackwardQueries), q), (int)q.shape[0] * heads, Threads(q), A(q), A(k), A(v),
            A(bias?.Table), A(bias?.Buckets ?? none), A(rows.QueryRows), A(rows.QueryStarts), A(rows.KeyStarts), A(rows.Sequences), A(seed),
            KernelArgument.Of(mask), ShapeOf(q, bias, isCausal), A(gradient), A(statistics), A(dq), A(parts));
        launcher.Launch(
            KernelOf(nameof(GpuAttentionKernel.BackwardKeys), q), (int)k.shape[0] * heads, Threads(q), A(q), A(k), A(v), A(bias?.Table),
            A(bias?.Buckets ?? none), A(rows.KeyRows), A(rows.QueryStarts), A(rows.KeyStarts), A(rows.Sequences), A(seed),
            KernelArgument.Of(mask), ShapeOf(q, bias, isCausal), A(gradient), A(statistics), A(dk), A(dv));
        Tensor? table = parts is null ? null : new GpuOperations(launcher).SumColumns(parts).view(bias!.Table.shape);
        return (dq, dk, dv, table);
    }

    private static GpuKernel KernelOf(string name, Tensor q) =>
        GpuKernel.Of(typeof(GpuAttentionKernel), name, GpuOperations.Formats(q.dtype));

    private static KernelArgument A(Tensor? tensor) => tensor is null ? KernelArgument.None<float>() : KernelArgument.Of(tensor);

    private int Threads(Tensor q) => launcher.ThreadsFor((int)q.shape[1] / heads);

    private KernelArgument ShapeOf(Tensor q, BucketedBias? bias, bool isCausal) =>
        KernelArgument.Of(new GpuAttentionShape(heads, (int)q.shape[1] / heads, bias?.Reach ?? 0, isCausal));
}
