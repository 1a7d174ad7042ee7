using DistillStudio.Engine.Batching;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Model;

/// <summary>Blocks of the encoder or of the decoder, and the final norm.</summary>
internal sealed class T5Stack : nn.Module
{
    private readonly ModuleList<T5Block> block;
    private readonly RmsNorm final_layer_norm;
    private readonly DropoutSource _dropout;
    private readonly bool _isDecoder;
    private readonly ScalarType _type;

    internal T5Stack(T5Config config, Precision precision, DropoutSource dropout, bool isDecoder)
        : base(nameof(T5Stack))
    {
        var buckets = new RelativeBuckets(!isDecoder, config.RelativeAttentionNumBuckets, config.RelativeAttentionMaxDistance);
        int layers = isDecoder ? config.NumDecoderLayers : config.NumLayers;
        block = new ModuleList<T5Block>(
            [.. Enumerable.Range(0, layers).Select(i => new T5Block(config, precision, dropout, isDecoder, i, i == 0 ? buckets : null))]);
        final_layer_norm = new RmsNorm(config);
        _dropout = dropout;
        _isDecoder = isDecoder;
        _type = precision.ToScalarType();
        RegisterComponents();
    }

    /// <param name="embedded">[B, Q, D]</param>
    /// <param name="selfBias">Position bias and mask of the self-attention; broadcasts to [B, H, Q, K].</param>
    /// <param name="encoded">[B, S, D]; null in the encoder, and if there is a cache.</param>
    /// <param name="crossBias">[B, 1, 1, S]; null in the encoder.</param>
    /// <param name="cache">Cache of each block; null if <paramref name="embedded"/> has all positions.</param>
    /// <returns>[B, Q, D]</returns>
    internal Tensor Forward(
        Tensor embedded, Tensor selfBias, Tensor? encoded = null, Tensor? crossBias = null, IReadOnlyList<ILayerCache>? cache = null)
    {
        Tensor x = _dropout.Apply(embedded, DropoutSites.Of(_isDecoder, DropoutPlace.Embedded), training);
        for (int i = 0; i < block.Count; i++)
        {
            x = block[i].Forward(x, selfBias, encoded, crossBias, cache?[i]);
        }

        return _dropout.Apply(final_layer_norm.Forward(x), DropoutSites.Of(_isDecoder, DropoutPlace.Final), training);
    }

    /// <summary>Runs the stack over packed rows.</summary>
    /// <param name="embedded">[N, D]; with dropout already if own kernels compute.</param>
    /// <param name="self">Self-attention spans.</param>
    /// <param name="encoded">[M, D]; null in the encoder.</param>
    /// <param name="cross">Cross-attention spans; null in the encoder.</param>
    /// <returns>[N, D]</returns>
    internal Tensor Forward(
        Tensor embedded, IReadOnlyList<AttentionSpan> self, Tensor? encoded = null, IReadOnlyList<AttentionSpan>? cross = null)
    {
        if (_dropout.Kernels is { } kernels)
        {
            return ForwardFused(kernels, embedded, [.. block.SelectMany(layer => layer.Sublayers(self, encoded, cross))]);
        }

        Tensor x = _dropout.Apply(embedded, DropoutSites.Of(_isDecoder, DropoutPlace.Embedded), training);
        foreach (T5Block layer in block)
        {
            x = layer.Forward(x, self, encoded, cross);
        }

        return _dropout.Apply(final_layer_norm.Forward(x), DropoutSites.Of(_isDecoder, DropoutPlace.Final), training);
    }

    /// <inheritdoc cref="T5Attention.PositionBias"/>
    internal Tensor PositionBias(int queryStart, int queries, int keys) => block[0].PositionBias(queryStart, queries, keys);

    /// <inheritdoc cref="T5Attention.BucketsOf"/>
    internal BucketedBias BucketsOf() => block[0].BucketsOf(_isDecoder);

    /// <summary>Returns each layer's cross-attention keys and values of the encoder's output.</summary>
    /// <param name="encoded">[B, S, D]</param>
    internal IEnumerable<(Tensor Keys, Tensor Values)> CrossKeysAndValues(Tensor encoded) =>
        block.Select(layer => layer.CrossKeysAndValues(encoded));

    /// <summary>Adds each part's output to the residual stream together with the norm of the next part.</summary>
    /// <param name="kernels">Of the batch.</param>
    /// <param name="embedded">[N, D], with dropout.</param>
    /// <param name="parts">Of all blocks.</param>
    private Tensor ForwardFused(T5Kernels kernels, Tensor embedded, T5Sublayer[] parts)
    {
        Tensor? x = embedded;
        Tensor normed = kernels.Norm(x, parts[0].Norm, parts[0].Site, _type);
        for (int i = 0; i < parts.Length; i++)
        {
            using DisposeScope scope = NewDisposeScope();
            bool isLast = i == parts.Length - 1;
            (Tensor next, Tensor? sum) = kernels.AddAndNorm(
                x!, parts[i].Compute(normed), parts[i].Site, isLast ? final_layer_norm : parts[i + 1].Norm,
                isLast ? DropoutSites.Of(_isDecoder, DropoutPlace.Final) : null, isLast ? ScalarType.Float32 : _type, !isLast, training);
            if (i > 0)
            {
                x!.Dispose(); // autograd holds what it needs
                normed.Dispose();
            }

            (x, normed) = (sum?.MoveToOuterDisposeScope(), next.MoveToOuterDisposeScope());
        }

        return normed;
    }

    internal void Initialize(T5Initializer initializer)
    {
        foreach (T5Block layer in block)
        {
            layer.Initialize(initializer);
        }

        initializer.Norm(final_layer_norm);
    }
}
