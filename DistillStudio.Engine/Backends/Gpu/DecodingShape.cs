using System.Numerics;

namespace DistillStudio.Engine.Backends.Gpu;

/// <summary>Fixed sizes of a decoding step.</summary>
/// <param name="Rows">Rows, some of which may be finished or padding; a power of two.</param>
/// <param name="Source">Length of the inputs.</param>
/// <param name="Positions">Positions that fit the cache.</param>
internal sealed record DecodingShape(int Rows, int Source, int Positions)
{
    /// <summary>Fewer rows take as long, but would need further graphs.</summary>
    private const int FewestRows = 8;

    /// <summary>Returns the smallest number of rows of a shape that holds this many.</summary>
    internal static int RowsFor(int rows) => Math.Max(FewestRows, (int)BitOperations.RoundUpToPowerOf2((uint)rows));
}

/// <summary>Fixed sizes of the encoder's inputs, for the same rows.</summary>
internal sealed record EncodingShape(int Rows, int Source);
