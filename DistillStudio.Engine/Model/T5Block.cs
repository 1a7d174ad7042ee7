using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Model;

/// <summary>
/// Self-attention, cross-attention in the decoder, and the feed-forward network; each has a norm before it and a residual connection
/// around it.
/// </summary>
internal sealed class T5Block : nn.Module
{
    private readonly ModuleList<nn.Module> layer;

    internal T5Block(T5Config config, Precision precision, DropoutSource dropout, bool isDecoder, int index, RelativeBuckets? buckets)
        : base(nameof(T5Block))
    {
        uint Site(DropoutPlace place) => DropoutSites.Of(isDecoder, place, index);
        var self = new T5SelfAttentionLayer(
            config, precision, dropout, Site(DropoutPlace.SelfShares), Site(DropoutPlace.SelfOutput), buckets);
        var feedForward = new T5FeedForwardLayer(
            config, precision, dropout, Site(DropoutPlace.FeedForwardInner), Site(DropoutPlace.FeedForwardOutput));
        layer = isDecoder
            ? new ModuleList<nn.Module>(
                self, new T5CrossAttentionLayer(config, precision, dropout, Site(DropoutPlace.CrossShares), Site(DropoutPlace.CrossOutput)),
                feedForward)
            : new ModuleList<nn.Module>(self, feedForward);
        RegisterComponents();
    }

    private T5SelfAttentionLayer SelfLayer => (T5SelfAttentionLayer)layer[0];

    /// <summary>Null in the encoder.</summary>
    private T5CrossAttentionLayer? CrossLayer => layer[1] as T5CrossAttentionLayer;

    private T5FeedForwardLayer FeedForwardLayer => (T5FeedForwardLayer)layer[layer.Count - 1];

    /// <param name="x">[B, Q, D]</param>
    /// <param name="selfBias">Broadcasts to [B, H, Q, K].</param>
    /// <param name="encoded">[B, S, D]; null in the encoder, and if <paramref name="cache"/> holds the keys and values computed from
    /// it.</param>
    /// <param name="crossBias">Broadcasts to [B, H, Q, S]; null in the encoder.</param>
    /// <param name="cache">Keys and values of the earlier positions; null if <paramref name="x"/> has all positions.</param>
    /// <returns>[B, Q, D]</returns>
    internal Tensor Forward(Tensor x, Tensor selfBias, Tensor? encoded = null, Tensor? crossBias = null, ILayerCache? cache = null)
    {
        using DisposeScope scope = NewDisposeScope();
        x = SelfLayer.Forward(x, selfBias, cache);
        if (CrossLayer is { } cross)
        {
            (Tensor keys, Tensor values) = cache is null ? cross.KeysAndValues(encoded!) : (cache.CrossKeys, cache.CrossValues);
            x = cross.Forward(x, keys, values, crossBias!);
        }

        return FeedForwardLayer.Forward(x).MoveToOuterDisposeScope();
    }

    /// <summary>Runs the block over packed rows.</summary>
    /// <param name="x">[N, D]</param>
    /// <param name="self">Self-attention spans.</param>
    /// <param name="encoded">[M, D]; null in the encoder.</param>
    /// <param name="cross">Cross-attention spans; null in the encoder.</param>
    /// <returns>[N, D]</returns>
    internal Tensor Forward(Tensor x, IReadOnlyList<AttentionSpan> self, Tensor? encoded, IReadOnlyList<AttentionSpan>? cross)
    {
        using DisposeScope scope = NewDisposeScope();
        x = SelfLayer.Forward(x, self);
        x = CrossLayer?.Forward(x, encoded!, cross!) ?? x;
        return FeedForwardLayer.Forward(x).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the block's parts for packed rows, for computing their norms together with the residual connections.</summary>
    /// <inheritdoc cref="Forward(Tensor, IReadOnlyList{AttentionSpan}, Tensor?, IReadOnlyList{AttentionSpan}?)"/>
    internal IEnumerable<T5Sublayer> Sublayers(
        IReadOnlyList<AttentionSpan> self, Tensor? encoded, IReadOnlyList<AttentionSpan>? cross)
    {
        yield return SelfLayer.Sublayer(self);
        if (CrossLayer is { } crossLayer)
        {
            yield return crossLayer.Sublayer(encoded!, cross!);
        }

        yield return FeedForwardLayer.Sublayer();
    }

    /// <inheritdoc cref="T5Attention.PositionBias"/>
    internal Tensor PositionBias(int queryStart, int queries, int keys) => SelfLayer.PositionBias(queryStart, queries, keys);

    /// <inheritdoc cref="T5Attention.BucketsOf"/>
    internal BucketedBias BucketsOf(bool isCausal) => SelfLayer.BucketsOf(isCausal);

    /// <inheritdoc cref="T5Attention.KeysAndValues"/>
    internal (Tensor Keys, Tensor Values) CrossKeysAndValues(Tensor encoded) => CrossLayer!.KeysAndValues(encoded);

    internal void Initialize(T5Initializer initializer)
    {
        SelfLayer.Initialize(initializer);
        CrossLayer?.Initialize(initializer);
        FeedForwardLayer.Initialize(initializer);
    }
}

/// <summary>A part of a block: x + drop(compute(norm(x))).</summary>
/// <param name="Norm">The norm before it.</param>
/// <param name="Site">Dropout site of its output.</param>
/// <param name="Compute">[N, D] to [N, D]</param>
internal sealed record T5Sublayer(RmsNorm Norm, uint Site, Func<Tensor, Tensor> Compute);

internal sealed class T5SelfAttentionLayer : nn.Module
{
    private readonly T5Attention SelfAttention;
    private readonly RmsNorm layer_norm;
    private readonly DropoutSource _dropout;
    private readonly uint _site;

    internal T5SelfAttentionLayer(
        T5Config config, Precision precision, DropoutSource dropout, uint weightsSite, uint site, RelativeBuckets? buckets)
        : base(nameof(T5SelfAttentionLayer))
    {
        SelfAttention = new T5Attention(config, precision, dropout, weightsSite, buckets);
        layer_norm = new RmsNorm(config);
        _dropout = dropout;
        _site = site;
        RegisterComponents();
    }

    internal Tensor Forward(Tensor x, Tensor bias, ILayerCache? cache)
    {
        Tensor normed = layer_norm.Forward(x);                                       // [B, Q, D]
        (Tensor keys, Tensor values) = SelfAttention.KeysAndValues(normed);          // [B, H, Q, d_kv]
        if (cache is not null)
        {
            (keys, values) = cache.Append(keys, values);                             // [B, H, K, d_kv]
        }

        return x.Plus(_dropout.Apply(SelfAttention.Attend(normed, keys, values, bias), _site, training));
    }

    /// <param name="x">[N, D]</param>
    /// <param name="spans">Spans of all rows.</param>
    internal Tensor Forward(Tensor x, IReadOnlyList<AttentionSpan> spans)
    {
        Tensor normed = layer_norm.Forward(x);
        return x.Plus(_dropout.Apply(SelfAttention.Attend(normed, normed, spans), _site, training));
    }

    internal T5Sublayer Sublayer(IReadOnlyList<AttentionSpan> spans) =>
        new(layer_norm, _site, normed => SelfAttention.Attend(normed, normed, spans));

    internal Tensor PositionBias(int queryStart, int queries, int keys) => SelfAttention.PositionBias(queryStart, queries, keys);

    internal BucketedBias BucketsOf(bool isCausal) => SelfAttention.BucketsOf(isCausal);

    internal void Initialize(T5Initializer initializer)
    {
        SelfAttention.Initialize(initializer);
        initializer.Norm(layer_norm);
    }
}

internal sealed class T5CrossAttentionLayer : nn.Module
{
    private readonly T5Attention EncDecAttention;
    private readonly RmsNorm layer_norm;
    private readonly DropoutSource _dropout;
    private readonly uint _site;

    internal T5CrossAttentionLayer(T5Config config, Precision precision, DropoutSource dropout, uint weightsSite, uint site)
        : base(nameof(T5CrossAttentionLayer))
    {
        EncDecAttention = new T5Attention(config, precision, dropout, weightsSite);
        layer_norm = new RmsNorm(config);
        _dropout = dropout;
        _site = site;
        RegisterComponents();
    }

    internal (Tensor Keys, Tensor Values) KeysAndValues(Tensor encoded) => EncDecAttention.KeysAndValues(encoded);

    /// <param name="x">[B, Q, D], or [B · beams, 1, D]: the beams of a row share the same keys, so they are treated as its
    /// queries.</param>
    /// <param name="keys">[B, H, S, d_kv]</param>
    /// <param name="values">[B, H, S, d_kv]</param>
    /// <param name="bias">[B, 1, 1, S]</param>
    internal Tensor Forward(Tensor x, Tensor keys, Tensor values, Tensor bias)
    {
        Tensor normed = layer_norm.Forward(x).view(keys.shape[0], -1, x.shape[2]);               // [B, Q or beams, D]
        Tensor attended = EncDecAttention.Attend(normed, keys, values, bias).view(x.shape);
        return x.Plus(_dropout.Apply(attended, _site, training));
    }

    /// <param name="x">[N, D]</param>
    /// <param name="encoded">[M, D]</param>
    /// <param name="spans">Spans of all rows.</param>
    internal Tensor Forward(Tensor x, Tensor encoded, IReadOnlyList<AttentionSpan> spans) =>
        x.Plus(_dropout.Apply(EncDecAttention.Attend(layer_norm.Forward(x), encoded, spans), _site, training));

    internal T5Sublayer Sublayer(Tensor encoded, IReadOnlyList<AttentionSpan> spans) =>
        new(layer_norm, _site, normed => EncDecAttention.Attend(normed, encoded, spans));

    internal void Initialize(T5Initializer initializer)
    {
        EncDecAttention.Initialize(initializer);
        initializer.Norm(layer_norm);
    }
}

internal sealed class T5FeedForwardLayer : nn.Module
{
    private readonly T5FeedForward DenseReluDense;
    private readonly RmsNorm layer_norm;
    private readonly DropoutSource _dropout;
    private readonly uint _site;

    internal T5FeedForwardLayer(T5Config config, Precision precision, DropoutSource dropout, uint innerSite, uint site)
        : base(nameof(T5FeedForwardLayer))
    {
        DenseReluDense = new T5FeedForward(config, precision, dropout, innerSite);
        layer_norm = new RmsNorm(config);
        _dropout = dropout;
        _site = site;
        RegisterComponents();
    }

    internal Tensor Forward(Tensor x) => x.Plus(_dropout.Apply(DenseReluDense.Forward(layer_norm.Forward(x)), _site, training));

    internal T5Sublayer Sublayer() => new(layer_norm, _site, DenseReluDense.Forward);

    internal void Initialize(T5Initializer initializer)
    {
        DenseReluDense.Initialize(initializer);
        initializer.Norm(layer_norm);
    }
}
