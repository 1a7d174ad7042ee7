using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Model;

namespace DistillStudio.Engine.Backends.Cpu;

/// <summary>Blocks of the encoder or of the decoder, forward and backward.</summary>
internal sealed unsafe class LayerStack<TFormat>
    where TFormat : struct, INumberFormat
{
    private readonly T5Config _config;
    private readonly bool _isDecoder;
    private readonly Workspace _workspace;
    private readonly Weight _embedding;
    private readonly PositionBias _bias;
    private readonly Block[] _blocks;
    private readonly Residual<TFormat> _final;
    private TokenRows _tokens;
    private TokenRows _source;

    /// <param name="Cross">Null in the encoder.</param>
    private sealed record Block(
        Residual<TFormat> SelfNorm,
        AttentionSublayer<TFormat> Self,
        Residual<TFormat>? CrossNorm,
        AttentionSublayer<TFormat>? Cross,
        Residual<TFormat> FeedForwardNorm,
        FeedForwardSublayer FeedForward);

    /// <param name="weights">Weights by checkpoint name.</param>
    /// <param name="scale">Factor applied to the output.</param>
    internal LayerStack(T5Config config, bool isDecoder, Workspace workspace, IReadOnlyDictionary<string, Weight> weights, double scale)
    {
        (_config, _isDecoder, _workspace) = (config, isDecoder, workspace);
        string name = isDecoder ? "decoder" : "encoder";
        _embedding = weights["shared.weight"];
        var buckets = new RelativeBuckets(!isDecoder, config.RelativeAttentionNumBuckets, config.RelativeAttentionMaxDistance);
        _bias = new PositionBias(
            workspace, weights[$"{name}.block.0.layer.0.SelfAttention.relative_attention_bias.weight"], buckets, config.NumHeads);
        _blocks =
            [.. Enumerable.Range(0, isDecoder ? config.NumDecoderLayers : config.NumLayers).Select(i => CreateBlock(name, i, weights))];
        _final =
            new(
                workspace, weights[$"{name}.final_layer_norm.weight"], config.LayerNormEpsilon,
                Site(DropoutPlace.FeedForwardOutput, _blocks.Length - 1), Site(DropoutPlace.Final), scale);
    }

    /// <param name="tokens">Input tokens.</param>
    /// <param name="encoded">Output of the encoder and its rows; null in the encoder.</param>
    /// <param name="keeps">
    /// Whether intermediate results are kept for a backward pass; otherwise each block uses the memory of the one before.
    /// </param>
    /// <returns>[rows, D]</returns>
    internal Matrix Forward(TokenRows tokens, (Matrix Rows, TokenRows Tokens)? encoded = null, bool keeps = false)
    {
        (_tokens, _source) = (tokens, encoded?.Tokens ?? tokens);
        AttentionShape self = Shape(tokens, tokens, _isDecoder);
        AttentionShape cross = Shape(tokens, _source, isCausal: false);
        _bias.Forward(self);
        Matrix x = _workspace.Floats(tokens.Padded, _config.DModel);
        EmbeddingKernel.Forward(
            tokens.Count, tokens.Padded, _config.DModel, _embedding.Data, tokens.IdsData, tokens.KeysData,
            _workspace.Mask(Site(DropoutPlace.Embedded)), x.Floats);
        Matrix added = default;
        (Matrix Stream, Matrix Added) carried = keeps
            ? default
            : (_workspace.Floats(tokens.Padded, _config.DModel), _workspace.Operand(tokens.Padded, _config.DModel));
        foreach (Block block in _blocks)
        {
            Arena.Mark mark = _workspace.Arena.Taken;
            Matrix normed = block.SelfNorm.Forward(tokens, ref x, added);
            added = block.Self.Forward(self, tokens, normed, normed);
            if (block.Cross is not null)
            {
                normed = block.CrossNorm!.Forward(tokens, ref x, added);
                added = block.Cross.Forward(cross, tokens, normed, encoded!.Value.Rows);
            }

            normed = block.FeedForwardNorm.Forward(tokens, ref x, added);
            added = block.FeedForward.Forward(tokens, normed);
            if (!keeps)
            {
                Workspace.Copy(x, carried.Stream, sizeof(float));
                Workspace.Copy(added, carried.Added, TFormat.Size);
                (x, added) = carried;
                _workspace.Arena.Release(mark);
            }
        }

        return _final.Forward(tokens, ref x, added);
    }

    /// <param name="result">Gradient of the output.</param>
    /// <param name="encoded">In the decoder: receives the gradient of the encoder's output, float32.</param>
    internal void Backward(Matrix result, Matrix encoded = default)
    {
        TokenRows tokens = _tokens;
        Arena.Mark mark = _workspace.Arena.Taken;
        Matrix stream = _workspace.Floats(tokens.Padded, _config.DModel);
        Matrix added = _workspace.Operand(tokens.Padded, _config.DModel);
        Matrix normed = _workspace.Operand(tokens.Padded, _config.DModel);
        FlatKernel.Clear(stream.Floats, (long)stream.Rows * stream.Columns);
        _final.Backward(result, stream, added);
        for (int i = _blocks.Length - 1; i >= 0; i--)
        {
            Block block = _blocks[i];
            block.FeedForward.Backward(tokens, added, normed);
            block.FeedForwardNorm.Backward(normed, stream, added);
            if (block.Cross is not null)
            {
                block.Cross.Backward(added, tokens, _source, normed, encoded, addsToSource: i < _blocks.Length - 1);
                block.CrossNorm!.Backward(normed, stream, added);
            }

            block.Self.Backward(added, tokens, tokens, normed);
            block.SelfNorm.Backward(normed, stream, i > 0 ? added : default);
        }

        if (_embedding.Begin())
        {
            FlatKernel.Clear(_embedding.GradientData, _embedding.Count);
        }

        EmbeddingKernel.Backward(
            tokens.Count, _config.DModel, stream.Floats, tokens.IdsData, tokens.KeysData, _workspace.Mask(Site(DropoutPlace.Embedded)),
            _embedding.GradientData);
        _workspace.Arena.Release(mark);
    }

    private AttentionShape Shape(TokenRows queries, TokenRows keys, bool isCausal) =>
        new(_config.NumHeads, _config.DKv, queries.SequenceCount, queries.StartsData, keys.StartsData, (uint*)queries.Sequences, isCausal);

    private Block CreateBlock(string stack, int index, IReadOnlyDictionary<string, Weight> weights)
    {
        int last = _isDecoder ? 2 : 1;
        Weight Of(int layer, string name) => weights[$"{stack}.block.{index}.layer.{layer}.{name}.weight"];
        Residual<TFormat> Norm(int layer, uint? before) => new(_workspace, Of(layer, "layer_norm"), _config.LayerNormEpsilon, before);
        AttentionSublayer<TFormat> Attention(int layer, string name, DropoutPlace place, PositionBias? bias) => new(
            _workspace, Of(layer, $"{name}.q"), Of(layer, $"{name}.k"), Of(layer, $"{name}.v"), Of(layer, $"{name}.o"), Site(place, index),
            bias);
        uint? beforeSelf = index > 0 ? Site(DropoutPlace.FeedForwardOutput, index - 1) : null;
        uint beforeFeedForward = Site(_isDecoder ? DropoutPlace.CrossOutput : DropoutPlace.SelfOutput, index);
        return new(
            Norm(0, beforeSelf),
            Attention(0, "SelfAttention", DropoutPlace.SelfShares, _bias),
            _isDecoder ? Norm(1, Site(DropoutPlace.SelfOutput, index)) : null,
            _isDecoder ? Attention(1, "EncDecAttention", DropoutPlace.CrossShares, null) : null,
            Norm(last, beforeFeedForward),
            CreateFeedForward(name => Of(last, $"DenseReluDense.{name}"), Site(DropoutPlace.FeedForwardInner, index)));
    }

    private FeedForwardSublayer CreateFeedForward(Func<string, Weight> weight, uint site)
    {
        Weight wi = weight(_config.IsGated ? "wi_0" : "wi");
        Weight? gate = _config.IsGated ? weight("wi_1") : null;
        Weight wo = weight("wo");
        return _config.Activation switch
        {
            Activation.Relu => new FeedForwardSublayer<TFormat, ReluActivation>(_workspace, wi, gate, wo, site),
            Activation.GeluTanh => new FeedForwardSublayer<TFormat, GeluTanhActivation>(_workspace, wi, gate, wo, site),
            Activation.Silu => new FeedForwardSublayer<TFormat, SiluActivation>(_workspace, wi, gate, wo, site),
            _ => throw new NotSupportedException($"{_config.FeedForwardProj} has no kernel."),
        };
    }

    private uint Site(DropoutPlace place, int block = 0) => DropoutSites.Of(_isDecoder, place, block);
}
