using DistillStudio.Engine.Model;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Backends.Gpu;

/// <summary>A contiguous tensor to allocate.</summary>
/// <param name="Type">Type of its elements.</param>
/// <param name="Shape">Its dimensions.</param>
internal readonly record struct BufferPlan(ScalarType Type, params long[] Shape)
{
    internal long Bytes => Shape.Aggregate(1L, (a, b) => a * b) * Type switch
    {
        ScalarType.BFloat16 => sizeof(ushort),
        ScalarType.Float32 => sizeof(float),
        ScalarType.Int64 or ScalarType.Float64 => sizeof(long),
        _ => throw new ArgumentException($"There are no buffers of {Type}."),
    };
}

/// <summary>The buffers of <see cref="DecodingMemory"/>.</summary>
internal enum DecodingPart
{
    /// <summary>Ids of the inputs.</summary>
    InputIds,
    InputMask,
    CrossBias,

    /// <summary>Keys and values of cross-attention.</summary>
    Cross,

    /// <summary>Keys and values of the decoder's positions.</summary>
    Self,

    /// <summary>Newest token of each decoder row, then the row that each continues.</summary>
    Rowwise,

    /// <summary>Log probability of each beam.</summary>
    Scores,

    /// <summary>Scores and tokens: of each row in greedy search, of twice as many candidates in beam search.</summary>
    Output,
    Position,

    /// <summary>Position bias with the causal mask.</summary>
    Bias,
}

/// <summary>The largest sizes that <see cref="DecodingMemory"/> has room for, and its buffers.</summary>
/// <param name="Config">Config of the model.</param>
/// <param name="Precision">Precision of the model.</param>
/// <param name="Rows">Inputs.</param>
/// <param name="Source">Length of the inputs.</param>
/// <param name="Positions">Positions of the decoder.</param>
/// <param name="DecoderRows">Rows of the decoder: inputs times beams.</param>
internal sealed record DecodingCapacity(T5Config Config, Precision Precision, int Rows, int Source, int Positions, int DecoderRows)
{
    /// <summary>Bytes of all buffers.</summary>
    internal long Bytes => Enum.GetValues<DecodingPart>().Sum(part => PlanOf(part).Bytes);

    /// <summary>Elements of a position's keys.</summary>
    internal long KeyRow => (long)Config.NumHeads * Config.DKv;

    private long Inputs => (long)Rows * Source;

    private ScalarType Type => Precision.ToScalarType();

    /// <summary>Returns what is allocated for a buffer.</summary>
    internal BufferPlan PlanOf(DecodingPart part) => part switch
    {
        DecodingPart.InputIds => new(ScalarType.Int64, Inputs),
        DecodingPart.InputMask or DecodingPart.CrossBias => new(ScalarType.Float32, Inputs),
        DecodingPart.Cross => new(Type, 2 * Config.NumDecoderLayers, Inputs * KeyRow),
        DecodingPart.Self => new(Type, 2 * Config.NumDecoderLayers, (long)DecoderRows * Positions * KeyRow),
        DecodingPart.Rowwise => new(ScalarType.Int64, 2L * DecoderRows),
        DecodingPart.Scores => new(ScalarType.Float32, DecoderRows),
        DecodingPart.Output => new(ScalarType.Float64, 4L * DecoderRows),
        DecodingPart.Position => new(ScalarType.Int64, 1),
        DecodingPart.Bias => new(ScalarType.Float32, 1, Config.NumHeads, Positions, Positions),
        _ => throw new ArgumentOutOfRangeException(nameof(part), part, "There is no such buffer."),
    };

    /// <summary>Returns no room at all.</summary>
    internal static DecodingCapacity Empty(T5Config config, Precision precision) => new(config, precision, 0, 0, 0, 0);

    /// <summary>Returns the room for this and a shape.</summary>
    internal DecodingCapacity With(DecodingShape shape) => this with
    {
        Rows = Math.Max(Rows, shape.Rows),
        Source = Math.Max(Source, shape.Source),
        Positions = Math.Max(Positions, shape.Positions),
        DecoderRows = Math.Max(DecoderRows, shape.DecoderRows),
    };
}
