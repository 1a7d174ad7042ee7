using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Batching;

namespace DistillStudio.Engine.Model;

/// <summary>Where in a block dropout falls.</summary>
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

/// <summary>Numbers of the places where dropout falls in a T5; the same for every way of computing it.</summary>
internal static class DropoutSites
{
    private const int Places = 8;

    /// <param name="isDecoder">Which stack.</param>
    /// <param name="place">In the block, or before the first and after the last.</param>
    /// <param name="block">From 0; 0 for what lies outside of all blocks.</param>
    internal static uint Of(bool isDecoder, DropoutPlace place, int block = 0) => (uint)((((block * Places) + (int)place) * 2) + (isDecoder ? 1 : 0));

    /// <summary>The stack that a number of <see cref="Of"/> belongs to.</summary>
    internal static bool IsDecoder(uint site) => site % 2 == 1;
}
