using System.Numerics;
using DistillStudio.Engine.Batching;

namespace DistillStudio.Engine.Backends.Gpu;

/// <summary>Fixed sizes of a decoding step.</summary>
/// <param name="Rows">Inputs, some of which may be finished or padding; a power of two.</param>
/// <param name="Source">Length of the inputs.</param>
/// <param name="Positions">Positions that fit the cache.</param>
/// <param name="Beams">Beams of each input; 1 for greedy search.</param>
internal sealed record DecodingShape(int Rows, int Source, int Positions, int Beams = 1)
{
    /// <summary>Positions of the first shape; longer answers double them.</summary>
    private const int FirstPositions = 64;

    /// <summary>Fewer decoder rows take as long, but would need further graphs.</summary>
    private const int FewestRows = 8;

    /// <summary>Rows of the decoder: the beams of all inputs, those of an input beside each other.</summary>
    internal int DecoderRows => Rows * Beams;

    /// <summary>Returns the first shape of a decoding.</summary>
    /// <param name="inputs">Number of inputs.</param>
    /// <param name="longest">Tokens of the longest.</param>
    /// <param name="beams">1 for greedy search.</param>
    internal static DecodingShape For(int inputs, int longest, int beams = 1) =>
        new(RowsFor(inputs, beams), StaticGrid.Default.RoundLength(Math.Max(1, longest)), FirstPositions, beams);

    /// <summary>Returns the shape with room for further positions.</summary>
    internal DecodingShape Extended() => this with { Positions = 2 * Positions };

    /// <summary>Returns the smallest number of inputs of a shape that holds this many.</summary>
    internal static int RowsFor(int inputs, int beams) => Math.Max(FewestRows / beams, (int)BitOperations.RoundUpToPowerOf2((uint)inputs));
}

/// <summary>Fixed sizes of the encoder's inputs, for the same rows.</summary>
internal sealed record EncodingShape(int Rows, int Source);
