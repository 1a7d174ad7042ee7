using static TorchSharp.torch;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary>Kernels as operations on tensors of the launcher's device.</summary>
/// <param name="launcher">Where the kernels run.</param>
internal sealed class GpuOperations(IKernelLauncher launcher) : IFusedOperations
{
    private const int RowsPerGroup = 8;

    private readonly GpuAttention _attention = new(launcher);
    private readonly GpuAttentionWeights _weights = new(launcher);

    internal IKernelLauncher Launcher => launcher;

    public (Tensor Sum, Tensor Inverse, Tensor Normed) Norm(
        Tensor x, Tensor? added, Tensor weight, MaskSource source, GpuMask addedMask, GpuMask normedMask, float epsilon, ScalarType type)
    {
        (int rows, int width) = Size(x);
        Tensor sum = added is null ? x : empty_like(x);
        Tensor inverse = empty(rows, device: x.device);
        Tensor normed = empty(x.shape, type, x.device);
        GpuKernel kernel = GpuKernel.Of(
            typeof(GpuNormKernel), nameof(GpuNormKernel.Forward), [.. Formats(added?.dtype ?? ScalarType.Float32), .. Formats(type)]);
        launcher.Launch(
            kernel, rows, launcher.ThreadsFor(width), A(x), A(added), A(weight), A(source.Keys), A(source.Seed),
            KernelArgument.Of(addedMask), KernelArgument.Of(normedMask), KernelArgument.Of(epsilon), KernelArgument.Of(width), A(sum),
            A(inverse), A(normed));
        return (sum, inverse, normed);
    }

    public (Tensor X, Tensor? Added, Tensor Weight) NormBackward(
        Tensor sum, Tensor weight, Tensor inverse, Tensor normedGradient, Tensor? sumGradient, MaskSource source, GpuMask addedMask,
        GpuMask normedMask, ScalarType? addedType)
    {
        (int rows, int width) = Size(sum);
        Tensor gradient = empty_like(sum);
        Tensor? addedGradient = addedType is { } type ? empty(sum.shape, type, sum.device) : null;
        int groups = (rows + RowsPerGroup - 1) / RowsPerGroup;
        using Tensor parts = empty([groups, width], device: sum.device);
        GpuKernel kernel = GpuKernel.Of(
            typeof(GpuNormKernel), nameof(GpuNormKernel.Backward),
            [.. Formats(addedType ?? ScalarType.Float32), .. Formats(normedGradient.dtype)]);
        launcher.Launch(
            kernel, groups, launcher.ThreadsFor(width), A(sum), A(weight), A(inverse), A(normedGradient), A(sumGradient), A(source.Keys),
            A(source.Seed), KernelArgument.Of(addedMask), KernelArgument.Of(normedMask), KernelArgument.Of(width),
            KernelArgument.Of(RowsPerGroup), A(gradient), A(addedGradient), A(parts));
        return (gradient, addedGradient, SumColumns(parts));
    }

    public Tensor Activate(Tensor inner, Tensor? gate, MaskSource source, GpuMask mask, GpuActivation activation)
    {
        (int rows, int width) = Size(inner);
        Tensor result = empty(inner.shape, inner.dtype, inner.device);
        GpuKernel kernel = GpuKernel.Of(
            typeof(GpuActivationKernel), nameof(GpuActivationKernel.Forward), [.. Formats(inner.dtype), TypeOf(activation)]);
        launcher.Launch(
            kernel, rows, launcher.ThreadsFor(width), Rows(inner), Rows(gate, inner.dtype), A(source.Keys), A(source.Seed),
            KernelArgument.Of(mask), KernelArgument.Of(width), KernelArgument.Of(KernelArgument.StrideOf(inner, gate)), A(result));
        return result;
    }

    public void ActivateBackward(
        Tensor inner, Tensor? gate, Tensor gradient, MaskSource source, GpuMask mask, GpuActivation activation, Tensor innerGradient,
        Tensor? gateGradient)
    {
        (int rows, int width) = Size(inner);
        GpuKernel kernel = GpuKernel.Of(
            typeof(GpuActivationKernel), nameof(GpuActivationKernel.Backward), [.. Formats(inner.dtype), TypeOf(activation)]);
        launcher.Launch(
            kernel, rows, launcher.ThreadsFor(width), Rows(inner), Rows(gate, inner.dtype), A(gradient), A(source.Keys), A(source.Seed),
            KernelArgument.Of(mask), KernelArgument.Of(width),
            KernelArgument.Of(KernelArgument.StrideOf(inner, gate, innerGradient, gateGradient)), Rows(innerGradient),
            Rows(gateGradient, inner.dtype));
    }

    public (Tensor Losses, Tensor Highest, Tensor Inverse) CrossEntropy(Tensor logits, Tensor targets)
    {
        (int rows, int vocabulary) = Size(logits);
        Tensor[] results = [.. Enumerable.Range(0, 3).Select(_ => empty(rows, device: logits.device))];
        GpuKernel kernel = GpuKernel.Of(
            typeof(GpuCrossEntropyKernel), nameof(GpuCrossEntropyKernel.Forward), Formats(logits.dtype));
        launcher.Launch(
            kernel, rows, launcher.ThreadsFor(vocabulary), A(logits), A(targets), KernelArgument.Of(vocabulary), A(results[0]),
            A(results[1]), A(results[2]));
        return (results[0], results[1], results[2]);
    }

    public Tensor CrossEntropyBackward(Tensor logits, Tensor targets, Tensor weights, Tensor highest, Tensor inverse)
    {
        (int rows, int vocabulary) = Size(logits);
        Tensor gradient = empty_like(logits);
        GpuKernel kernel = GpuKernel.Of(
            typeof(GpuCrossEntropyKernel), nameof(GpuCrossEntropyKernel.Backward), Formats(logits.dtype));
        launcher.Launch(
            kernel, rows, launcher.ThreadsFor(vocabulary), A(logits), A(targets), KernelArgument.Of(vocabulary), A(weights), A(highest),
            A(inverse), A(gradient));
        return gradient;
    }

    public Tensor Embed(Tensor table, Tensor ids, MaskSource source, GpuMask mask)
    {
        int width = (int)table.shape[1];
        Tensor x = empty([ids.numel(), width], device: table.device);
        launcher.Launch(
            GpuKernel.Of(typeof(GpuEmbeddingKernel), nameof(GpuEmbeddingKernel.Forward)), (int)ids.numel(), launcher.ThreadsFor(width),
            A(table), A(ids), A(source.Keys), A(source.Seed), KernelArgument.Of(mask), KernelArgument.Of(width), A(x));
        return x;
    }

    public Tensor EmbedBackward(Tensor gradient, long[] tableShape, Tensor ids, MaskSource source, GpuMask mask)
    {
        int width = (int)tableShape[1];
        Tensor tableGradient = zeros(tableShape, device: gradient.device);
        launcher.Launch(
            GpuKernel.Of(typeof(GpuEmbeddingKernel), nameof(GpuEmbeddingKernel.Backward)), (int)ids.numel(), launcher.ThreadsFor(width),
            A(gradient), A(ids), A(source.Keys), A(source.Seed), KernelArgument.Of(mask), KernelArgument.Of(width), A(tableGradient));
        return tableGradient;
    }

    public (Tensor Dropped, Tensor Statistics) AttentionWeights(
        Tensor scores, Tensor? table, AttentionMap map, MaskSource source, GpuMask mask) =>
        _weights.Forward(scores, table, map, source, mask);

    public (Tensor Scores, Tensor? Table) AttentionWeightsBackward(
        Tensor scores, Tensor? table, AttentionMap map, MaskSource source, GpuMask mask, Tensor gradient, Tensor statistics) =>
        _weights.Backward(scores, table, map, source, mask, gradient, statistics);

    public bool HasAttention => true;

    public Tensor GatherHeads(Tensor packed, Tensor starts, int length, int heads)
    {
        int width = (int)packed.shape[1] / heads;
        Tensor padded = empty([starts.numel() - 1, heads, length, width], packed.dtype, packed.device);
        CopyHeads(nameof(GpuHeadRowsKernel.Gather), Rows(packed), starts, padded, KernelArgument.StrideOf(packed), A(padded));
        return padded;
    }

    public void ScatterHeads(Tensor padded, Tensor starts, Tensor packed) =>
        CopyHeads(nameof(GpuHeadRowsKernel.Scatter), A(padded), starts, padded, KernelArgument.StrideOf(packed), Rows(packed));

    public Tensor Attend(AttentionOperands operands, AttentionMap map, MaskSource source, GpuMask mask, Tensor output) =>
        _attention.Forward(operands, map, source, mask, output);

    public Tensor? AttendBackward(
        AttentionOperands operands, AttentionMap map, MaskSource source, GpuMask mask, Tensor gradient, Tensor statistics,
        AttentionGradients gradients) => _attention.Backward(operands, map, source, mask, gradient, statistics, gradients);

    public void Adam(
        Tensor weight, Tensor gradient, Tensor mean, Tensor square, Tensor rate, Tensor root, Tensor scale, AdamFactors constants,
        Tensor? copy = null)
    {
        const int MostGroups = 1 << 12;
        int threads = launcher.ThreadsFor(int.MaxValue);
        int groups = (int)Math.Min(MostGroups, (weight.numel() + threads - 1) / threads);
        launcher.Launch(
            GpuKernel.Of(typeof(GpuAdamKernel), nameof(GpuAdamKernel.Step)), groups, threads, A(weight), A(gradient), A(mean), A(square),
            A(rate), A(root), A(scale), KernelArgument.Of(constants.Beta1), KernelArgument.Of(constants.Rest1),
            KernelArgument.Of(constants.Beta2), KernelArgument.Of(constants.Rest2), KernelArgument.Of(constants.Epsilon),
            A(copy, ScalarType.BFloat16));
    }

    /// <summary>Returns the sums over the rows of [rows, W].</summary>
    internal Tensor SumColumns(Tensor parts)
    {
        (int rows, int width) = Size(parts);
        Tensor sums = empty(width, device: parts.device);
        launcher.Launch(
            GpuKernel.Of(typeof(GpuNormKernel), nameof(GpuNormKernel.SumColumns)), width, launcher.ThreadsFor(rows), A(parts), A(sums));
        return sums;
    }

    /// <param name="padded">[B, H, L, d_kv]</param>
    /// <param name="stride">Elements from a packed row to the next.</param>
    private void CopyHeads(string kernel, KernelArgument from, Tensor starts, Tensor padded, int stride, KernelArgument to)
    {
        (int heads, int length, int width) = ((int)padded.shape[1], (int)padded.shape[2], (int)padded.shape[3]);
        Type type = Formats(padded.dtype)[0];
        int each = sizeof(long) / (int)padded.ElementSize; // elements that a thread copies at once where it can
        if (width % each == 0 && stride % each == 0 && from.IsOfWords && to.IsOfWords)
        {
            (type, width, stride, from, to) = (typeof(long), width / each, stride / each, from.AsWords(each), to.AsWords(each));
        }

        launcher.Launch(
            GpuKernel.Of(typeof(GpuHeadRowsKernel), kernel, type), (int)padded.shape[0] * length,
            launcher.ThreadsFor(heads * width), from, A(starts), KernelArgument.Of(length), KernelArgument.Of(heads),
            KernelArgument.Of(width), KernelArgument.Of(stride), to);
    }

    private static Type TypeOf(GpuActivation activation) => activation switch
    {
        GpuActivation.Relu => typeof(GpuRelu),
        GpuActivation.Silu => typeof(GpuSilu),
        _ => typeof(GpuGeluTanh),
    };

    /// <summary>Returns the type arguments of kernels for a tensor's type: of the stored bits, and of the format.</summary>
    internal static Type[] Formats(ScalarType type) => type == ScalarType.BFloat16
        ? [typeof(ushort), typeof(GpuBFloat16)]
        : [typeof(float), typeof(GpuFloat32)];

    /// <param name="type">Type of the missing tensor.</param>
    private static KernelArgument A(Tensor? tensor, ScalarType type = ScalarType.Float32) =>
        tensor is null ? None(type) : KernelArgument.Of(tensor);

    /// <inheritdoc cref="A"/>
    private static KernelArgument Rows(Tensor? rows, ScalarType type = ScalarType.Float32) =>
        rows is null ? None(type) : KernelArgument.OfRows(rows);

    private static KernelArgument None(ScalarType type) =>
        type == ScalarType.BFloat16 ? KernelArgument.None<ushort>() : KernelArgument.None<float>();

    private static (int Rows, int Width) Size(Tensor x) => ((int)(x.numel() / x.shape[^1]), (int)x.shape[^1]);
}
