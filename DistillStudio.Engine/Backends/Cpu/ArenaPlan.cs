using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Model;

namespace DistillStudio.Engine.Backends.Cpu;

/// <summary>
/// Computes, from shapes alone, how much the CPU backend allocates from its <see cref="Arena"/>: for a step what the forward pass keeps
/// for the backward pass, and the peak on top of it; for losses alone the peak of a block. Mirrors <see cref="LayerStack{TFormat}"/> and
/// its callees, matrix by matrix; omits everything small compared to a matrix.
/// </summary>
internal sealed class ArenaPlan
{
    private readonly T5Config _config;
    private readonly bool _isHalf;
    private readonly StepTokens _tokens;
    private readonly int _threads;
    private readonly long _source;
    private readonly long _target;

    private ArenaPlan(T5Config config, Precision precision, StepTokens tokens, int threads)
    {
        (_config, _isHalf, _tokens, _threads) = (config, precision == Precision.BFloat16, tokens, threads);
        (_source, _target) = (Workspace.Padded(tokens.Inputs), Workspace.Padded(tokens.Targets));
    }

    /// <summary>
    /// Bytes in each of the arena's number formats, which have separate memory, and in allocations with memory of their own.
    /// </summary>
    private readonly record struct Taken(long Floats, long Halves, long Large)
    {
        public static Taken operator +(Taken one, Taken other) =>
            new(one.Floats + other.Floats, one.Halves + other.Halves, one.Large + other.Large);

        internal static Taken Most(Taken one, Taken other) =>
            new(Math.Max(one.Floats, other.Floats), Math.Max(one.Halves, other.Halves), Math.Max(one.Large, other.Large));
    }

    private long Width => _config.DModel;

    /// <summary>Number of matrices of width d_ff that the activation keeps.</summary>
    private int Inners => _config.IsGated ? 3 : _config.Activation == Activation.Relu ? 1 : 2;

    /// <param name="config">Config of the model.</param>
    /// <param name="precision">Precision of products.</param>
    /// <param name="tokens">Token counts of the batch.</param>
    /// <param name="threads">Number of threads; each has its own scratch memory.</param>
    /// <returns>Bytes, in whole slabs.</returns>
    internal static long Bytes(T5Config config, Precision precision, StepTokens tokens, int threads)
    {
        Taken most = new ArenaPlan(config, precision, tokens, threads).Step();
        return Arena.InSlabs(most.Floats) + Arena.InSlabs(most.Halves) + most.Large;
    }

    /// <summary>Bytes in use at the peak of the losses of a batch without gradients; parameters as above.</summary>
    internal static long OfLosses(T5Config config, Precision precision, StepTokens tokens, int threads)
    {
        Taken most = new ArenaPlan(config, precision, tokens, threads).Losses();
        return most.Floats + most.Halves + most.Large;
    }

    private Taken Losses()
    {
        Taken encoder = Forward(_source, 1, isDecoder: false) + Floats(Scratch(_tokens.LongestInput, _tokens.LongestInput));
        Taken decoder = Forward(_target, 1, isDecoder: true)
            + Floats(Scratch(_tokens.LongestTarget, Math.Max(_tokens.LongestInput, _tokens.LongestTarget)));
        return Carried(_source) + Carried(_target) + Taken.Most(Logits(), Taken.Most(encoder, decoder));
    }

    /// <summary>
    /// Size of what outlives the blocks of a stack: the embedded tokens, stream and sublayer output from block to block, and the result.
    /// </summary>
    private Taken Carried(long rows) => Floats(rows * Width, 3) + Operand(rows * Width, 2);

    private Taken Step()
    {
        Taken kept = Forward(_source, _config.NumLayers, isDecoder: false) + Forward(_target, _config.NumDecoderLayers, isDecoder: true);
        Taken decoder = Backward(_target, _tokens.LongestTarget, isDecoder: true);
        Taken encoder = Cast(_source * Width) + Backward(_source, _tokens.LongestInput, isDecoder: false);
        return kept + Operand(_target * Width) + Taken.Most(Head(), Floats(_source * Width) + Taken.Most(decoder, encoder));
    }

    private Taken Forward(long rows, int blocks, bool isDecoder)
    {
        int attentions = isDecoder ? 2 : 1;
        Taken streams = Floats(rows * Width, 1 + ((attentions + 1) * blocks)) + Floats(rows * _config.NumHeads, attentions * blocks);
        Taken normedAndResults = Operand(rows * Width, (2 * (attentions + 1) * blocks) + 1);
        Taken projected = Operand(rows * _config.InnerSize, (isDecoder ? 6 : 4) * blocks)
            + (isDecoder ? Operand(_source * _config.InnerSize, 2 * blocks) : default);
        return streams + normedAndResults + projected + Operand(rows * _config.DFf, Inners * blocks);
    }

    private Taken Backward(long rows, int longest, bool isDecoder)
    {
        Taken feedForward = Operand(rows * _config.DFf, _config.IsGated ? 2 : 1) + Cast(Width * _config.DFf);
        Taken self = Operand(rows * _config.InnerSize, 4) + Floats(Scratch(longest, longest) + BiasParts(longest))
            + Cast(Width * _config.InnerSize);
        Taken cross = Operand(rows * _config.InnerSize, 2) + Operand(_source * _config.InnerSize, 2)
            + Floats(Scratch(longest, _tokens.LongestInput)) + Cast(Math.Max(_config.InnerSize, _source) * Width);
        return Floats(rows * Width) + Operand(rows * Width, 2) + Taken.Most(Taken.Most(feedForward, self), isDecoder ? cross : default);
    }

    private Taken Head() => Logits() + Cast(Width * _config.VocabSize);

    private Taken Logits()
    {
        int most = _isHalf
            ? LmHead<BFloat16Format>.Rows((int)_target, _config.VocabSize)
            : LmHead<Float32Format>.Rows((int)_target, _config.VocabSize);
        long rows = Math.Min(_target, most);
        return Operand(rows * _config.VocabSize);
    }

    /// <summary>Size of the scratch memory as laid out by <see cref="AttentionScratch"/>, without rounding.</summary>
    private long Scratch(long queries, long keys) =>
        _threads * ((2 * queries * keys) + (((2 * queries) + (3 * keys) + Math.Max(queries, keys)) * _config.DKv));

    private long BiasParts(long longest) => _tokens.Sequences * (long)_config.NumHeads * 2 * longest;

    private Taken Operand(long each, int number = 1) =>
        _isHalf ? Pieces(each * sizeof(ushort), number, isHalf: true) : Floats(each, number);

    /// <summary>Size of a product before it is widened to float32; zero in float32.</summary>
    private Taken Cast(long count) => _isHalf ? Operand(count) : default;

    private static Taken Floats(long each, int number = 1) => Pieces(each * sizeof(float), number, isHalf: false);

    private static Taken Pieces(long each, int number, bool isHalf) =>
        each > Arena.SlabBytes ? new(0, 0, each * number)
        : isHalf ? new(0, each * number, 0)
        : new(each * number, 0, 0);
}
