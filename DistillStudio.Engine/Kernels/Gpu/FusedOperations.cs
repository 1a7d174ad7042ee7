using System.Runtime.InteropServices;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Interop;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary>A group of kernels that is used, or left out, as a whole.</summary>
internal enum FusedOperation
{
    Norm,
    Activation,
    CrossEntropy,
    Embedding,
    AttentionWeights,
    HeadRows,
    Attention,
    Adam,
}

/// <summary>
/// Computes each operation by a kernel, and by libtorch's operators once a kernel has been left out or has failed to compile, load or
/// launch. A kernel that fails is reported once and not tried again; if memory runs out, which is not its fault, the error is thrown.
/// </summary>
/// <param name="kernels">The kernels.</param>
/// <param name="reference">What computes the rest; the same results up to rounding.</param>
/// <param name="report">Receives a sentence for each operation whose kernels fail.</param>
internal sealed class FusedOperations(IFusedOperations kernels, IFusedOperations reference, Action<string> report) : IFusedOperations
{
    private readonly HashSet<FusedOperation> _left = [];
    private readonly Lock _lock = new(); // autograd's own thread calls too

    /// <summary>Operations that libtorch's operators compute.</summary>
    internal IReadOnlyCollection<FusedOperation> LeftOut
    {
        get
        {
            lock (_lock)
            {
                return [.. _left];
            }
        }
    }

    /// <summary>Leaves the kernels of an operation out from now on, and reports it if they were not already.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="why">Completes the sentence; null to report nothing.</param>
    internal void LeaveOut(FusedOperation operation, string? why)
    {
        lock (_lock)
        {
            if (!_left.Add(operation))
            {
                return;
            }
        }

        if (why is not null)
        {
            report(Explain(operation, why));
        }
    }

    public (Tensor Sum, Tensor Inverse, Tensor Normed) Norm(
        Tensor x, Tensor? added, Tensor weight, MaskSource source, GpuMask addedMask, GpuMask normedMask, float epsilon, ScalarType type) =>
        Run(FusedOperation.Norm, by => by.Norm(x, added, weight, source, addedMask, normedMask, epsilon, type));

    public (Tensor X, Tensor? Added, Tensor Weight) NormBackward(
        Tensor sum, Tensor weight, Tensor inverse, Tensor normedGradient, Tensor? sumGradient, MaskSource source, GpuMask addedMask,
        GpuMask normedMask, ScalarType? addedType) => Run(
            FusedOperation.Norm,
            by => by.NormBackward(sum, weight, inverse, normedGradient, sumGradient, source, addedMask, normedMask, addedType));

    public Tensor Activate(Tensor inner, Tensor? gate, MaskSource source, GpuMask mask, GpuActivation activation) =>
        Run(FusedOperation.Activation, by => by.Activate(inner, gate, source, mask, activation));

    public void ActivateBackward(
        Tensor inner, Tensor? gate, Tensor gradient, MaskSource source, GpuMask mask, GpuActivation activation, Tensor innerGradient,
        Tensor? gateGradient) => Run(
            FusedOperation.Activation,
            by => by.ActivateBackward(inner, gate, gradient, source, mask, activation, innerGradient, gateGradient));

    public (Tensor Losses, Tensor Highest, Tensor Inverse) CrossEntropy(Tensor logits, Tensor targets) =>
        Run(FusedOperation.CrossEntropy, by => by.CrossEntropy(logits, targets));

    public Tensor CrossEntropyBackward(Tensor logits, Tensor targets, Tensor weights, Tensor highest, Tensor inverse) =>
        Run(FusedOperation.CrossEntropy, by => by.CrossEntropyBackward(logits, targets, weights, highest, inverse));

    public Tensor Embed(Tensor table, Tensor ids, MaskSource source, GpuMask mask) =>
        Run(FusedOperation.Embedding, by => by.Embed(table, ids, source, mask));

    public Tensor EmbedBackward(Tensor gradient, long[] tableShape, Tensor ids, MaskSource source, GpuMask mask) =>
        Run(FusedOperation.Embedding, by => by.EmbedBackward(gradient, tableShape, ids, source, mask));

    public (Tensor Dropped, Tensor Statistics) AttentionWeights(
        Tensor scores, Tensor? table, AttentionMap map, MaskSource source, GpuMask mask) =>
        Run(FusedOperation.AttentionWeights, by => by.AttentionWeights(scores, table, map, source, mask));

    public (Tensor Scores, Tensor? Table) AttentionWeightsBackward(
        Tensor scores, Tensor? table, AttentionMap map, MaskSource source, GpuMask mask, Tensor gradient, Tensor statistics) => Run(
            FusedOperation.AttentionWeights,
            by => by.AttentionWeightsBackward(scores, table, map, source, mask, gradient, statistics));

    public bool HasAttention => kernels.HasAttention && !IsLeft(FusedOperation.Attention);

    public Tensor GatherHeads(Tensor packed, Tensor starts, int length, int heads) =>
        Run(FusedOperation.HeadRows, by => by.GatherHeads(packed, starts, length, heads));

    public void ScatterHeads(Tensor padded, Tensor starts, Tensor packed) =>
        Run(FusedOperation.HeadRows, by => by.ScatterHeads(padded, starts, packed));

    public Tensor Attend(AttentionOperands operands, AttentionMap map, MaskSource source, GpuMask mask, Tensor output) =>
        Run(FusedOperation.Attention, by => by.Attend(operands, map, source, mask, output));

    public Tensor? AttendBackward(
        AttentionOperands operands, AttentionMap map, MaskSource source, GpuMask mask, Tensor gradient, Tensor statistics,
        AttentionGradients gradients) => Run(
            FusedOperation.Attention, by => by.AttendBackward(operands, map, source, mask, gradient, statistics, gradients));

    public void Adam(
        Tensor weight, Tensor gradient, Tensor mean, Tensor square, Tensor rate, Tensor root, Tensor scale, AdamFactors constants,
        Tensor? copy = null) =>
        Run(FusedOperation.Adam, by => by.Adam(weight, gradient, mean, square, rate, root, scale, constants, copy));

    /// <summary>Returns the sentence for the log.</summary>
    /// <param name="why">Completes the sentence.</param>
    internal static string Explain(FusedOperation operation, string why) =>
        $"The GPU kernels of {NameOf(operation)} are not used, libtorch's operators take their place: {why}";

    private static string NameOf(FusedOperation operation) => operation switch
    {
        FusedOperation.Norm => "residual and norm",
        FusedOperation.Activation => "the feed-forward network",
        FusedOperation.CrossEntropy => "cross-entropy",
        FusedOperation.Embedding => "the embedding",
        FusedOperation.AttentionWeights => "attention weights",
        FusedOperation.HeadRows => "heads and packed rows",
        FusedOperation.Attention => "attention",
        _ => "AdamW",
    };

    private bool IsLeft(FusedOperation operation)
    {
        lock (_lock)
        {
            return _left.Contains(operation);
        }
    }

    private void Run(FusedOperation operation, Action<IFusedOperations> run) => Run(operation, by =>
    {
        run(by);
        return true;
    });

    private T Run<T>(FusedOperation operation, Func<IFusedOperations, T> run)
    {
        if (!IsLeft(operation))
        {
            try
            {
                return run(kernels);
            }
            catch (Exception e)
                when (e is StudioException or ExternalException or ArgumentException && !NativeErrors.IsOutOfMemory(e))
            {
                LeaveOut(operation, e.Message.Split('\n')[0]);
            }
        }

        return run(reference);
    }
}
