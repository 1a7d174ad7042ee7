using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Kernels.Gpu;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Model;

/// <summary>The parts of a T5 that own kernels compute, with gradients, for one batch.</summary>
/// <param name="operations">The kernels.</param>
/// <param name="rate">Fraction that dropout drops.</param>
/// <param name="masks">Of the batch.</param>
internal sealed class T5Kernels(IFusedOperations operations, double rate, DeviceMasks masks)
{
    /// <summary>Looks up embeddings, with dropout.</summary>
    /// <param name="table">[V, D]</param>
    /// <param name="ids">[tokens]</param>
    /// <returns>[tokens, D]</returns>
    internal Tensor Embed(Parameter table, Tensor ids, uint site, bool training) =>
        EmbeddingFunction.Apply(new(operations, ids, masks.Of(site), Mask(site, training)), table);

    /// <summary>Adds the output of a sublayer to the residual stream, with dropout, and normalises the sum.</summary>
    /// <param name="x">[tokens, D], float32</param>
    /// <param name="added">[tokens, D]</param>
    /// <param name="addedSite">Dropout site of <paramref name="added"/>.</param>
    /// <param name="norm">The norm.</param>
    /// <param name="normedSite">Dropout site after the norm; null for none.</param>
    /// <param name="type">Type of the normalised sum.</param>
    /// <param name="returnsSum">Whether the sum is used too.</param>
    /// <returns>The normalised sum and the sum, float32, the latter null if it is not returned.</returns>
    internal (Tensor Normed, Tensor? Sum) AddAndNorm(
        Tensor x, Tensor added, uint addedSite, RmsNorm norm, uint? normedSite, ScalarType type, bool returnsSum, bool training)
    {
        GpuMask normedMask = normedSite is { } site ? Mask(site, training) : GpuMask.None;
        var state = new NormFunction.State(
            operations, masks.Of(addedSite), Mask(addedSite, training), normedMask, norm.Epsilon, type, returnsSum);
        return NormFunction.Apply(state, x, added.contiguous(), norm.Weight);
    }

    /// <summary>Computes the inner part of the feed-forward network, with dropout; null if the activation has no kernel.</summary>
    /// <param name="inner">[tokens, d_ff]</param>
    /// <param name="gate">[tokens, d_ff]; null if not gated.</param>
    internal Tensor? Activate(Tensor inner, Tensor? gate, Activation activation, uint site, bool training) =>
        KernelOf(activation) is { } kernel
            ? ActivationFunction.Apply(new(operations, masks.Of(site), Mask(site, training), kernel), inner, gate)
            : null;

    /// <summary>Applies dropout where no kernel does, by libtorch's operators.</summary>
    /// <param name="x">[tokens, W]</param>
    internal Tensor Drop(Tensor x, uint site)
    {
        MaskSource source = masks.Of(site);
        return x * TorchMasks.Factors(source.Keys, source.Seed, Mask(site, true), x.shape[^1]).to(x.dtype);
    }

    /// <summary>Applies dropout to attention weights.</summary>
    /// <param name="weights">[B, H, Q, K]</param>
    /// <param name="sequences">[B]: as in <see cref="DropoutSource.ApplyToAttentionWeights"/>.</param>
    /// <param name="type">Type of the result.</param>
    internal Tensor DropWeights(Tensor weights, uint[] sequences, uint site, ScalarType type) =>
        AttentionDropoutFunction.Apply(
            new(operations, masks.Sequences[sequences], masks.Seed, Mask(site, true), type), weights.contiguous());

    /// <summary>Returns true if <see cref="Attend"/> computes the attention between these rows.</summary>
    internal bool HasAttentionFor(PaddedRows queries, PaddedRows keys) =>
        operations.HasAttention && Math.Max(queries.Length, keys.Length) <= GpuAttentionShape.LongestSequence;

    /// <summary>Attends within a span without a bias tensor, with dropout.</summary>
    /// <param name="queries">[all tokens, H · d_kv]</param>
    /// <param name="keys">[all tokens, H · d_kv]</param>
    /// <param name="values">[all tokens, H · d_kv]</param>
    /// <returns>[tokens of the span's queries, H · d_kv]</returns>
    internal Tensor Attend(Tensor queries, Tensor keys, Tensor values, AttentionSpan span, int heads, uint site, bool training) =>
        AttentionFunction.Apply(
            new(
                operations,
                new(
                    span.Queries.OnDevice!, span.Keys.OnDevice!, span.Buckets?.Buckets, heads, span.Buckets?.IsCausal ?? false),
                new(masks.Sequences[span.Queries.Sequences], masks.Seed), Mask(site, training)),
            new(
                span.Queries.OwnOf(queries).contiguous(), span.Keys.OwnOf(keys).contiguous(), span.Keys.OwnOf(values).contiguous(),
                span.Buckets?.Table));

    /// <summary>Returns the padded heads of packed rows.</summary>
    /// <param name="packed">[all tokens, H · d_kv]</param>
    /// <returns>[rows, H, length, d_kv]</returns>
    internal Tensor GatherHeads(PaddedRows rows, Tensor packed, int heads) => HeadRowsFunction.Apply(
        new(operations, rows.OnDevice!.Starts, rows.OnDevice.Length, rows.Tokens, heads, Gathers: true), rows.OwnOf(packed).contiguous());

    /// <summary>Returns the packed rows of padded heads.</summary>
    /// <param name="padded">[rows, H, length, d_kv]</param>
    /// <returns>[tokens of the rows, H · d_kv]</returns>
    internal Tensor ScatterHeads(PaddedRows rows, Tensor padded) => HeadRowsFunction.Apply(
        new(operations, rows.OnDevice!.Starts, rows.OnDevice.Length, rows.Tokens, (int)padded.shape[1], Gathers: false),
        padded.contiguous());

    /// <summary>Returns the loss of each row.</summary>
    /// <param name="logits">[rows, V]</param>
    /// <param name="targets">[rows], int64</param>
    internal Tensor CrossEntropy(Tensor logits, Tensor targets) => CrossEntropyFunction.Apply(operations, logits, targets);

    private static GpuActivation? KernelOf(Activation activation) => activation switch
    {
        Activation.Relu => GpuActivation.Relu,
        Activation.Silu => GpuActivation.Silu,
        Activation.GeluTanh => GpuActivation.GeluTanh,
        _ => null,
    };

    private GpuMask Mask(uint site, bool training) => training ? new(site, rate) : GpuMask.None;
}
