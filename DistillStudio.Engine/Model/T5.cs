using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Batching;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Model;

/// <summary>
/// T5 (https://arxiv.org/abs/1910.10683), v1.0 and v1.1. Parameter names are those of a Hugging Face checkpoint. New weights are zeros:
/// call <see cref="InitializeWeights"/> or load some. In train mode dropout falls where Hugging Face's T5 has it.
/// </summary>
public sealed class T5 : nn.Module
{
    /// <summary>A label that stands for padding.</summary>
    public const long IgnoredLabel = -100;

    private readonly Embedding shared;
    private readonly T5Stack encoder;
    private readonly T5Stack decoder;
    private readonly Linear? lm_head; // null where the head is the embedding itself
    private readonly WeightCast _tiedHead;

    // Numbers given bare become objects that the collector may end during the very call: these are held.
    private readonly Scalar _headScale;
    private readonly Scalar _lowest = float.MinValue;
    private readonly Scalar _highest = float.MaxValue;
    private readonly Scalar _one = 1;

    public T5(T5Config config, Precision precision = Precision.Float32)
        : base(nameof(T5))
    {
        Config = config;
        Precision = precision;
        _tiedHead = new WeightCast(precision);
        _headScale = 1 / Math.Sqrt(config.DModel);
        shared = new Embedding(config.VocabSize, config.DModel);
        Dropout = new DropoutSource(config.DropoutRate);
        encoder = new T5Stack(config, precision, Dropout, isDecoder: false);
        decoder = new T5Stack(config, precision, Dropout, isDecoder: true);
        lm_head = config.TieWordEmbeddings ? null : new Linear(config.DModel, config.VocabSize, precision);
        RegisterComponents();

        // A scope that is open while a model is built would take its weights along when it ends.
        foreach (Parameter parameter in parameters())
        {
            parameter.DetachFromDisposeScope();
        }
    }

    public T5Config Config { get; }

    public Precision Precision { get; }

    internal DropoutSource Dropout { get; }

    /// <summary>Where the weights are; inputs have to be there too.</summary>
    public Device Device => shared.Weight.device;

    /// <summary>Numbers in all weights; a tied head counts once.</summary>
    public long ParameterCount => parameters().Sum(parameter => parameter.numel());

    /// <param name="inputIds">[B, S], int64</param>
    /// <param name="attentionMask">[B, S], 1 for a real token, 0 for padding</param>
    /// <returns>[B, S, D], float32</returns>
    public Tensor Encode(Tensor inputIds, Tensor attentionMask)
    {
        using DisposeScope scope = NewDisposeScope();
        int length = (int)inputIds.shape[1];
        Tensor bias = encoder.PositionBias(0, length, length) + PaddingBias(attentionMask);                 // [B, H, S, S]
        return encoder.Forward(shared.Forward(inputIds), bias).MoveToOuterDisposeScope();
    }

    /// <param name="decoderIds">[B, T], int64, beginning with the start token</param>
    /// <param name="encoded">[B, S, D], from <see cref="Encode"/></param>
    /// <param name="attentionMask">[B, S], of the encoder's input</param>
    /// <returns>[B, T, D], float32; position t has seen the ids up to t.</returns>
    public Tensor Decode(Tensor decoderIds, Tensor encoded, Tensor attentionMask)
    {
        using DisposeScope scope = NewDisposeScope();
        int length = (int)decoderIds.shape[1];
        Tensor causal = full([length, length], _lowest, device: Device).triu(1);                     // [T, T]
        Tensor bias = decoder.PositionBias(0, length, length) + causal;                                     // [1, H, T, T]
        return decoder.Forward(shared.Forward(decoderIds), bias, encoded, PaddingBias(attentionMask)).MoveToOuterDisposeScope();
    }

    /// <summary>An empty cache for generating from <paramref name="encoded"/>; cross-attention's keys and values are computed here, once.</summary>
    /// <param name="encoded">[B, S, D]</param>
    /// <param name="attentionMask">[B, S]</param>
    public DecoderCache StartDecoding(Tensor encoded, Tensor attentionMask)
    {
        using DisposeScope scope = NewDisposeScope();
        return new DecoderCache(decoder.CrossKeysAndValues(encoded), PaddingBias(attentionMask));
    }

    /// <summary>One position further with a cache.</summary>
    /// <param name="ids">[N], the newest token of each row, int64; N is the encoder's rows times the beams, beams of a row together.</param>
    /// <param name="cache">Grows by this position.</param>
    /// <returns>[N, D], float32</returns>
    public Tensor DecodeNext(Tensor ids, DecoderCache cache)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor bias = decoder.PositionBias(cache.Length, 1, cache.Length + 1);                              // [1, H, 1, K]
        Tensor hidden = decoder.Forward(shared.Forward(ids.unsqueeze(1)), bias, null, cache.CrossBias, cache);
        cache.Length++;
        return hidden.squeeze(1).MoveToOuterDisposeScope();
    }

    /// <param name="hidden">[..., D], from the decoder</param>
    /// <returns>[..., V], float32</returns>
    public Tensor Logits(Tensor hidden)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor scaled = Config.ScaleDecoderOutputs ? hidden * _headScale : hidden;
        Tensor logits = lm_head is not null ? lm_head.Forward(scaled) : _tiedHead.Multiply(scaled, shared.Weight);
        return logits.to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <summary>The cross-entropy of each real target token given those before it, row after row.</summary>
    /// <param name="inputIds">[B, S], int64</param>
    /// <param name="attentionMask">[B, S]</param>
    /// <param name="labels">[B, T], int64, <see cref="IgnoredLabel"/> for padding</param>
    /// <returns>[number of real target tokens], float32, in nats; empty where all labels are padding.</returns>
    public Tensor TokenLosses(Tensor inputIds, Tensor attentionMask, Tensor labels)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = Decode(ShiftRight(labels), Encode(inputIds, attentionMask), attentionMask);          // [B, T, D]
        Tensor flat = labels.reshape(-1);                                                                   // [B · T]
        Tensor real = flat.ne(IgnoredLabel).nonzero().view(-1);                                             // [N]
        return Losses(hidden.view(-1, Config.DModel).index_select(0, real), flat.index_select(0, real)).MoveToOuterDisposeScope();
    }

    /// <summary>Encoder and decoder over a packed batch: only real tokens pass through the products with weights, padding exists between queries and keys alone.</summary>
    /// <returns>What the decoder says of each target token, [N, D].</returns>
    internal Tensor TargetStates(BatchTensors batch)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor encoded = encoder.Forward(shared.Forward(batch.InputIds), SelfSpans(encoder, batch.Source, null));
        int longest = (int)batch.Target.Max(rows => rows.Length);
        Tensor causal = full([longest, longest], _lowest, device: Device).triu(1);                          // [T, T]
        AttentionSpan[] cross = [.. batch.Target.Zip(batch.Crossed, (rows, read) => new AttentionSpan(rows, read, read.Bias ?? zeros(1, device: Device)))];
        return decoder.Forward(shared.Forward(batch.DecoderIds), SelfSpans(decoder, batch.Target, causal), encoded, cross).MoveToOuterDisposeScope();
    }

    /// <summary>What follows <see cref="TargetStates"/>, and is the widest product of all: head and cross-entropy.</summary>
    /// <param name="hidden">[N, D]</param>
    /// <param name="targets">[N], int64</param>
    /// <returns>[N], float32, in nats</returns>
    internal Tensor Losses(Tensor hidden, Tensor targets)
    {
        using DisposeScope scope = NewDisposeScope();
        return nn.functional.cross_entropy(Logits(hidden), targets, reduction: nn.Reduction.None).MoveToOuterDisposeScope();
    }

    /// <summary>For work without gradients: casts the weights to the model's precision once, not at every use, until disposed. They must not change meanwhile.</summary>
    public IDisposable CacheWeightCasts() => new WeightCastScope(this);

    /// <summary>Draws all weights anew; the same seed draws the same.</summary>
    public void InitializeWeights(long seed)
    {
        using IDisposable noGrad = no_grad();
        using var generator = new Generator((ulong)seed);
        var initializer = new T5Initializer(Config, generator);
        initializer.Normal(shared.Weight, 1);
        encoder.Initialize(initializer);
        decoder.Initialize(initializer);
        if (lm_head is not null)
        {
            initializer.Normal(lm_head.Weight, 1);
        }
    }

    /// <summary>One position bias for all parts: that of the longest, of which shorter rows read a corner.</summary>
    /// <param name="causal">[L, L]; null where rows read all of themselves.</param>
    private static AttentionSpan[] SelfSpans(T5Stack stack, IReadOnlyList<PaddedRows> parts, Tensor? causal)
    {
        int longest = (int)parts.Max(rows => rows.Length);
        Tensor bias = stack.PositionBias(0, longest, longest);                                              // [1, H, L, L]
        bias = causal is null ? bias : bias + causal;
        return [.. parts.Select(rows =>
        {
            Tensor own = rows.Length == longest ? bias : bias.narrow(2, 0, rows.Length).narrow(3, 0, rows.Length);
            return new AttentionSpan(rows, rows, rows.Bias is null ? own : own + rows.Bias);
        })];
    }

    /// <summary>What the decoder reads while it learns to write the labels: the start token, then all labels but the last.</summary>
    /// <param name="labels">[B, T]</param>
    private Tensor ShiftRight(Tensor labels)
    {
        Tensor start = full([labels.shape[0], 1], Config.DecoderStartTokenId, ScalarType.Int64, labels.device);
        Tensor shifted = cat([start, labels.narrow(1, 0, labels.shape[1] - 1)], 1);
        return shifted.masked_fill(shifted.eq(IgnoredLabel), Config.PadTokenId);
    }

    /// <param name="attentionMask">[B, S]</param>
    /// <returns>[B, 1, 1, S]: 0 for a real token; for padding the lowest finite number, so that even a row of padding has a softmax.</returns>
    private Tensor PaddingBias(Tensor attentionMask) =>
        attentionMask.to(ScalarType.Float32).sub(_one).mul_(_highest).unsqueeze(1).unsqueeze(1);

    private sealed class WeightCastScope : IDisposable
    {
        private readonly T5 _model;

        internal WeightCastScope(T5 model)
        {
            using IDisposable noGrad = no_grad();
            _model = model;
            foreach (Linear linear in Linears)
            {
                linear.HoldOperand();
            }

            if (model.lm_head is null)
            {
                model._tiedHead.Hold(model.shared.Weight);
            }
        }

        private IEnumerable<Linear> Linears => _model.modules().OfType<Linear>();

        public void Dispose()
        {
            foreach (Linear linear in Linears)
            {
                linear.ReleaseOperand();
            }

            _model._tiedHead.Release();
        }
    }
}
