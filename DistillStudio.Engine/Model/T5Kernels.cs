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

    /// <summary>Normalises the residual stream.</summary>
    /// <param name="x">[tokens, D], float32</param>
    /// <param name="norm">The norm.</param>
    /// <param name="site">Any dropout site of the stack that <paramref name="x"/> belongs to.</param>
    /// <param name="type">Type of the result.</param>
    internal Tensor Norm(Tensor x, RmsNorm norm, uint site, ScalarType type) => NormFunction.Apply(
        new(operations, masks.Of(site), GpuMask.None, GpuMask.None, norm.Epsilon, type, ReturnsSum: false), x, null, norm.Weight).Normed;

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

    /// <summary>Returns true if <see cref="Activate"/> computes an activation.</summary>
    internal static bool HasKernelOf(Activation activation) => KernelOf(activation) is not null;

    /// <summary>Computes the inner part of the feed-forward network, with dropout.</summary>
    /// <param name="projections">Of the input, and of its gate if there is one: [tokens, d_ff] each, which may be one matrix.</param>
    /// <param name="width">d_ff</param>
    /// <returns>[tokens, d_ff]</returns>
    /// <exception cref="InvalidOperationException">The activation has no kernel.</exception>
    internal Tensor Activate(IReadOnlyList<Tensor> projections, long width, Activation activation, uint site, bool training)
    {
        GpuActivation kernel = KernelOf(activation) ?? throw new InvalidOperationException($"{activation} has no kernel.");
        return ActivationFunction.Apply(new(operations, width, masks.Of(site), Mask(site, training), kernel), projections);
    }

    /// <summary>Applies dropout where no kernel does, by libtorch's operators.</summary>
    /// <param name="x">[tokens, W]</param>
    internal Tensor Drop(Tensor x, uint site)
    {
        MaskSource source = masks.Of(site);
        return x * TorchMasks.Factors(source.Keys, source.Seed, Mask(site, true), x.shape[^1]).to(x.dtype);
    }

    /// <summary>Attends within spans, with dropout.</summary>
    /// <param name="projections">q, k and v, [tokens, H · d_kv] each, of which neighbours may be one matrix.</param>
    /// <param name="spans">Together cover the queries.</param>
    /// <param name="width">H · d_kv</param>
    /// <param name="heads">H</param>
    /// <returns>[tokens of the queries, H · d_kv]</returns>
    internal Tensor Attend(
        IReadOnlyList<Tensor> projections, IReadOnlyList<AttentionSpan> spans, long width, int heads, uint site, bool training) =>
        AttentionFunction.Apply(
            new(operations, [.. spans.Select(span => PartOf(span, heads))], width, Mask(site, training)), projections,
            spans[0].Buckets?.Table);

    /// <summary>Returns the loss of each row.</summary>
    /// <param name="logits">[rows, V]</param>
    /// <param name="targets">[rows], int64</param>
    internal Tensor CrossEntropy(Tensor logits, Tensor targets) => CrossEntropyFunction.Apply(operations, logits, targets);

    private AttentionPart PartOf(AttentionSpan span, int heads) => new(
        span.Queries.First, span.Queries.Tokens, span.Keys.First, span.Keys.Tokens,
        new(span.Queries.OnDevice!, span.Keys.OnDevice!, span.Buckets?.Buckets, heads, span.Buckets?.IsCausal ?? false),
        new(masks.Sequences[span.Queries.Sequences], masks.Seed));

    private static GpuActivation? KernelOf(Activation activation) => activation switch
    {
        Activation.Relu => GpuActivation.Relu,
        Activation.Silu => GpuActivation.Silu,
        Activation.GeluTanh => GpuActivation.GeluTanh,
        _ => null,
    };

    private GpuMask Mask(uint site, bool training) => training ? new(site, rate) : GpuMask.None;
}
