using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Model;

/// <summary>
/// T5 (https://arxiv.org/abs/1910.10683), v1.0 and v1.1. Parameter names match a Hugging Face checkpoint. New weights are zeros: call
/// <see cref="InitializeWeights"/> or load a checkpoint. In train mode, dropout is applied at the same sites as in Hugging Face's T5.
/// </summary>
public sealed class T5 : nn.Module
{
    /// <summary>Marks padding in labels.</summary>
    public const long IgnoredLabel = -100;

    private readonly Embedding shared;
    private readonly T5Stack encoder;
    private readonly T5Stack decoder;
    private readonly Linear? lm_head; // null if the LM head is tied to the embedding
    private readonly WeightCast _tiedHead;

    // Kept in fields: an implicitly created Scalar may be finalized during the call.
    private readonly Scalar _headScale;
    private readonly Scalar _lowest = float.MinValue.ToScalar();
    private readonly Scalar _highest = float.MaxValue.ToScalar();
    private readonly Scalar _ignored = IgnoredLabel.ToScalar();
    private readonly Scalar _start;
    private readonly Scalar _padding;

    public T5(T5Config config, Precision precision = Precision.Float32)
        : base(nameof(T5))
    {
        Config = config;
        Precision = precision;
        _tiedHead = new WeightCast(precision);
        _headScale = (1 / Math.Sqrt(config.DModel)).ToScalar();
        _start = config.DecoderStartTokenId.ToScalar();
        _padding = config.PadTokenId.ToScalar();
        shared = new Embedding(config.VocabSize, config.DModel);
        Dropout = new DropoutSource(config.DropoutRate);
        encoder = new T5Stack(config, precision, Dropout, isDecoder: false);
        decoder = new T5Stack(config, precision, Dropout, isDecoder: true);
        lm_head = config.TieWordEmbeddings ? null : new Linear(config.DModel, config.VocabSize, precision);
        RegisterComponents();

        // Otherwise a dispose scope that is open during construction would dispose the weights when it ends.
        foreach (Parameter parameter in parameters())
        {
            parameter.DetachFromDisposeScope();
        }
    }

    public T5Config Config { get; }

    public Precision Precision { get; }

    internal DropoutSource Dropout { get; }

    /// <summary>Memory that depends on the addresses of the weights, such as recorded graphs; disposed with the model.</summary>
    internal IDisposable? Attachment { get; set; }

    /// <summary>Device of the weights; inputs must be on it too.</summary>
    public Device Device => shared.Weight.device;

    /// <summary>Number of weight elements; a tied LM head counts once.</summary>
    public long ParameterCount => parameters().Sum(parameter => parameter.numel());

    /// <param name="inputIds">[B, S], int64</param>
    /// <param name="attentionMask">[B, S], 1 for a real token, 0 for padding</param>
    /// <returns>[B, S, D], float32</returns>
    public Tensor Encode(Tensor inputIds, Tensor attentionMask)
    {
        using DisposeScope scope = NewDisposeScope();
        int length = (int)inputIds.shape[1];
        Tensor bias = encoder.PositionBias(0, length, length).Plus(PaddingBias(attentionMask));             // [B, H, S, S]
        return encoder.Forward(shared.Forward(inputIds), bias).MoveToOuterDisposeScope();
    }

    /// <param name="decoderIds">[B, T], int64, beginning with the start token</param>
    /// <param name="encoded">[B, S, D], from <see cref="Encode"/></param>
    /// <param name="attentionMask">[B, S], of the encoder's input</param>
    /// <returns>[B, T, D], float32; position t depends on the ids up to t.</returns>
    public Tensor Decode(Tensor decoderIds, Tensor encoded, Tensor attentionMask)
    {
        using DisposeScope scope = NewDisposeScope();
        int length = (int)decoderIds.shape[1];
        Tensor bias = DecoderBias(length);                                                                  // [1, H, T, T]
        return decoder.Forward(shared.Forward(decoderIds), bias, encoded, PaddingBias(attentionMask)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Creates an empty cache for generating from <paramref name="encoded"/>, and computes the keys and values of cross-attention once.
    /// </summary>
    /// <param name="encoded">[B, S, D]</param>
    /// <param name="attentionMask">[B, S]</param>
    public DecoderCache StartDecoding(Tensor encoded, Tensor attentionMask)
    {
        using DisposeScope scope = NewDisposeScope();
        return new DecoderCache(decoder.CrossKeysAndValues(encoded), PaddingBias(attentionMask));
    }

    /// <summary>Decodes one more position with a cache.</summary>
    /// <param name="ids">[N], int64, the newest token of each row; N is the encoder's rows times the beams, the beams of a row being
    /// adjacent.</param>
    /// <param name="cache">Extended by this position.</param>
    /// <returns>[N, D], float32</returns>
    public Tensor DecodeNext(Tensor ids, DecoderCache cache)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor bias = decoder.PositionBias(cache.Length, 1, cache.Length + 1);                              // [1, H, 1, K]
        Tensor hidden = DecodeNext(ids, bias, cache.CrossBias, cache.Layers);
        cache.Length++;
        return hidden.MoveToOuterDisposeScope();
    }

    /// <summary>Decodes one more position with the cache of each layer.</summary>
    /// <param name="ids">[N], int64</param>
    /// <param name="bias">Position bias and mask of the new position; broadcasts to [N, H, 1, K].</param>
    /// <param name="crossBias">[B, 1, 1, S], from <see cref="PaddingBias"/>.</param>
    /// <param name="layers">Receive the new position's keys and values.</param>
    /// <returns>[N, D], float32</returns>
    internal Tensor DecodeNext(Tensor ids, Tensor bias, Tensor crossBias, IReadOnlyList<ILayerCache> layers)
    {
        using DisposeScope scope = NewDisposeScope();
        return decoder.Forward(shared.Forward(ids.unsqueeze(1)), bias, null, crossBias, layers).squeeze(1).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the decoder's position bias with its causal mask: the lowest finite value for later positions.</summary>
    /// <param name="positions">T</param>
    /// <returns>[1, H, T, T], float32: row t is the bias of position t.</returns>
    internal Tensor DecoderBias(int positions)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor causal = full([positions, positions], _lowest, device: Device).triu(1);
        return decoder.PositionBias(0, positions, positions).Plus(causal).MoveToOuterDisposeScope();
    }

    /// <summary>Returns each decoder layer's cross-attention keys and values, both [B, H, S, d_kv].</summary>
    /// <param name="encoded">[B, S, D]</param>
    internal IEnumerable<(Tensor Keys, Tensor Values)> CrossKeysAndValues(Tensor encoded) => decoder.CrossKeysAndValues(encoded);

    /// <param name="hidden">[..., D], from the decoder</param>
    /// <returns>[..., V], float32</returns>
    public Tensor Logits(Tensor hidden)
    {
        using DisposeScope scope = NewDisposeScope();
        return LogitsOfHead(hidden).to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the cross-entropy of each target token that is not padding, given those before it, row by row.</summary>
    /// <param name="inputIds">[B, S], int64</param>
    /// <param name="attentionMask">[B, S]</param>
    /// <param name="labels">[B, T], int64, <see cref="IgnoredLabel"/> for padding</param>
    /// <returns>[number of target tokens that are not padding], float32, in nats; empty if all labels are padding.</returns>
    public Tensor TokenLosses(Tensor inputIds, Tensor attentionMask, Tensor labels)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = Decode(ShiftRight(labels), Encode(inputIds, attentionMask), attentionMask);          // [B, T, D]
        Tensor flat = labels.reshape(-1);                                                                   // [B · T]
        Tensor real = flat.ne(_ignored).nonzero().view(-1);                                                 // [N]
        return Losses(hidden.view(-1, Config.DModel).index_select(0, real), flat.index_select(0, real)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Runs encoder and decoder over a packed batch: products with weights skip padding, which occurs only between queries and keys.
    /// </summary>
    /// <returns>Decoder output of each target token, [N, D].</returns>
    internal Tensor TargetStates(IBatchTensors batch)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor encoded = encoder.Forward(Embed(batch.InputIds, isDecoder: false), SelfSpans(encoder, batch.Source, isCausal: false));
        AttentionSpan[] cross =
        [
            .. batch.Target.Zip(batch.Crossed, (rows, read) => new AttentionSpan(
                rows, read, Dropout.Kernels is not null ? null : read.Bias ?? zeros(1, device: Device))),
        ];
        return decoder.Forward(Embed(batch.DecoderIds, isDecoder: true), SelfSpans(decoder, batch.Target, isCausal: true), encoded, cross)
            .MoveToOuterDisposeScope();
    }

    /// <summary>Applies the LM head, the widest product of all, and cross-entropy to the result of <see cref="TargetStates"/>.</summary>
    /// <param name="hidden">[N, D]</param>
    /// <param name="targets">[N], int64</param>
    /// <returns>[N], float32, in nats</returns>
    internal Tensor Losses(Tensor hidden, Tensor targets)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor losses = Dropout.Kernels is { } kernels
            ? kernels.CrossEntropy(LogitsOfHead(hidden), targets)
            : nn.functional.cross_entropy(Logits(hidden), targets, reduction: nn.Reduction.None);
        return losses.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// For inference: casts the weights to the model's precision once instead of at every use, until disposed. They must not change in
    /// between.
    /// </summary>
    public IDisposable CacheWeightCasts() => HoldOperands(inPlace: false);

    /// <summary>
    /// Does the same in memory that is kept for the next call, so that the cast weights lie at the same addresses. Until disposed, the
    /// model must not be trained.
    /// </summary>
    internal IDisposable CacheWeightCastsInPlace() => HoldOperands(inPlace: true);

    /// <summary>Gives the weights of matrix products their copies, or takes them away.</summary>
    /// <param name="copyOf">Returns the copy of weights that are stored one after the other; null for none.</param>
    internal void UseCopies(CopyOfWeights copyOf)
    {
        foreach (nn.Module module in modules())
        {
            (module as Linear)?.UseCopies(copyOf);
            (module as T5Attention)?.UseCopies(copyOf);
            (module as T5FeedForward)?.UseCopies(copyOf);
        }

        _tiedHead.Copy = lm_head is null ? copyOf([shared.Weight]) : null;
    }

    /// <summary>Initializes all weights randomly; the same seed gives the same weights.</summary>
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

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Attachment?.Dispose();
            Attachment = null;
            _tiedHead.Free();
        }

        base.Dispose(disposing);
    }

    private WeightCastScope HoldOperands(bool inPlace) =>
        new([.. modules().OfType<Linear>()], lm_head is null ? (_tiedHead, shared.Weight) : null, inPlace);

    /// <summary>Embeds packed ids; own kernels apply dropout too.</summary>
    private Tensor Embed(Tensor ids, bool isDecoder) => Dropout.Kernels is { } kernels
        ? kernels.Embed(shared.Weight, ids, DropoutSites.Of(isDecoder, DropoutPlace.Embedded), training)
        : shared.Forward(ids);

    /// <returns>[..., V], in the model's precision.</returns>
    private Tensor LogitsOfHead(Tensor hidden)
    {
        Tensor scaled = Config.ScaleDecoderOutputs ? hidden * _headScale : hidden;
        return lm_head is not null ? lm_head.Forward(scaled) : _tiedHead.Multiply(scaled, shared.Weight);
    }

    /// <summary>Shares one position bias between all parts: that of the longest, of which shorter rows use a corner.</summary>
    /// <param name="isCausal">Whether later positions are excluded.</param>
    private AttentionSpan[] SelfSpans(T5Stack stack, IReadOnlyList<PaddedRows> parts, bool isCausal)
    {
        if (Dropout.Kernels is not null)
        {
            BucketedBias buckets = stack.BucketsOf();
            return [.. parts.Select(rows => new AttentionSpan(rows, rows, null) { Buckets = buckets })];
        }

        int longest = (int)parts.Max(rows => rows.Length);
        Tensor bias = stack.PositionBias(0, longest, longest);                                              // [1, H, L, L]
        bias = isCausal ? bias.Plus(full([longest, longest], _lowest, device: Device).triu(1)) : bias;
        return [.. parts.Select(rows =>
        {
            Tensor own = rows.Length == longest ? bias : bias.narrow(2, 0, rows.Length).narrow(3, 0, rows.Length);
            return new AttentionSpan(rows, rows, rows.Bias is null ? own : own.Plus(rows.Bias));
        })];
    }

    /// <summary>Returns the decoder inputs for training: the start token, then all labels but the last.</summary>
    /// <param name="labels">[B, T]</param>
    private Tensor ShiftRight(Tensor labels)
    {
        Tensor start = full([labels.shape[0], 1], _start, ScalarType.Int64, labels.device);
        Tensor shifted = cat([start, labels.narrow(1, 0, labels.shape[1] - 1)], 1);
        return shifted.masked_fill(shifted.eq(_ignored), _padding);
    }

    /// <param name="attentionMask">[B, S]</param>
    /// <returns>[B, 1, 1, S]: 0 for a real token; for padding the lowest finite value, so that the softmax is defined even for a row of
    /// padding.</returns>
    internal Tensor PaddingBias(Tensor attentionMask) =>
        attentionMask.to(ScalarType.Float32).sub(TensorArithmetic.One).mul_(_highest).unsqueeze(1).unsqueeze(1);
}
