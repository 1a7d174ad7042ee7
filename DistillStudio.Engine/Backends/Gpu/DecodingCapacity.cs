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

/// <summary>The largest sizes that <see cref="DecodingMemory"/> has room for, and its buffers.</summary>
/// <param name="Config">Config of the model.</param>
/// <param name="Precision">Precision of the model.</param>
/// <param name="Rows">Inputs.</param>
/// <param name="Source">Length of the inputs.</param>
/// <param name="Positions">Positions of the decoder.</param>
/// <param name="DecoderRows">Rows of the decoder: inputs times beams.</param>
internal sealed record DecodingCapacity(T5Config Config, Precision Precision, int Rows, int Source, int Positions, int DecoderRows)
{
    /// <summary>Ids of the inputs.</summary>
    internal BufferPlan InputIds => new(ScalarType.Int64, Inputs);

    internal BufferPlan InputMask => new(ScalarType.Float32, Inputs);

    internal BufferPlan CrossBias => new(ScalarType.Float32, Inputs);

    /// <summary>Keys and values of cross-attention.</summary>
    internal BufferPlan Cross => new(Type, 2 * Config.NumDecoderLayers, Inputs * KeyRow);

    /// <summary>Keys and values of the decoder's positions.</summary>
    internal BufferPlan Self => new(Type, 2 * Config.NumDecoderLayers, (long)DecoderRows * Positions * KeyRow);

    /// <summary>Newest token of each decoder row, then the row that each continues.</summary>
    internal BufferPlan Rowwise => new(ScalarType.Int64, 2L * DecoderRows);

    /// <summary>Log probability of each beam.</summary>
    internal BufferPlan Scores => new(ScalarType.Float32, DecoderRows);

    /// <summary>Scores and tokens: of each row in greedy search, of twice as many candidates in beam search.</summary>
    internal BufferPlan Output => new(ScalarType.Float64, 4L * DecoderRows);

    internal static BufferPlan Position => new(ScalarType.Int64, 1);

    /// <summary>Position bias with the causal mask.</summary>
    internal BufferPlan Bias => new(ScalarType.Float32, 1, Config.NumHeads, Positions, Positions);

    /// <summary>Bytes of all buffers.</summary>
    internal long Bytes => new[]
    {
        InputIds, InputMask, CrossBias, Cross, Self, Rowwise, Scores, Output, Position, Bias,
    }.Sum(buffer => buffer.Bytes);

    /// <summary>Elements of a position's keys.</summary>
    internal long KeyRow => (long)Config.NumHeads * Config.DKv;

    private long Inputs => (long)Rows * Source;

    private ScalarType Type => Precision.ToScalarType();

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
