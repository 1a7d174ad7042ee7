using DistillStudio.Engine.Model;

namespace DistillStudio.Tests.Support;

/// <summary>A T5 of a few thousand weights, without dropout, whose widths are no multiples of a vector.</summary>
internal static class SmallT5
{
    public static readonly T5Config Config = new()
    {
        VocabSize = 50,
        DModel = 16,
        DKv = 6,
        DFf = 24,
        NumLayers = 2,
        NumDecoderLayers = 3,
        NumHeads = 2,
        DropoutRate = 0,
    };
}
