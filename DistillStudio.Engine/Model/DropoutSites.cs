
namespace DistillStudio.Engine.Model;

/// <summary>Position of a dropout site within a block.</summary>
internal enum DropoutPlace
{
    Embedded,
    SelfShares,
    SelfOutput,
    CrossShares,
    CrossOutput,
    FeedForwardInner,
    FeedForwardOutput,
    Final,
}

/// <summary>Numbers the dropout sites of a T5; the numbers are the same for every backend.</summary>
internal static class DropoutSites
{
    private const int Places = 8;

    /// <param name="isDecoder">True for the decoder, false for the encoder.</param>
    /// <param name="place">Position in the block, or before the first block and after the last.</param>
    /// <param name="block">Zero-based block index; 0 for sites outside of all blocks.</param>
    internal static uint Of(bool isDecoder, DropoutPlace place, int block = 0) =>
        (uint)((((block * Places) + (int)place) * 2) + (isDecoder ? 1 : 0));

    /// <summary>True if a site number returned by <see cref="Of"/> belongs to the decoder.</summary>
    internal static bool IsDecoder(uint site) => site % 2 == 1;
}
