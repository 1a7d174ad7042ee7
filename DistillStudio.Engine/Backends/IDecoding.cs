using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Model;

namespace DistillStudio.Engine.Backends;

/// <summary>Writes greedily, a token at a time, to inputs that it was given. Holds what need not be computed again.</summary>
internal interface IDecoding : IDisposable
{
    /// <summary>Reads inputs and forgets those before.</summary>
    /// <param name="inputs">Token ids with the closing <c>&lt;/s&gt;</c>.</param>
    void Begin(IReadOnlyList<int[]> inputs);

    /// <summary>One token further.</summary>
    /// <param name="rows">Which inputs are still answered, ascending; one that was left out stays out.</param>
    /// <param name="newest">The token before, of each of <paramref name="rows"/>; the start token at first.</param>
    /// <returns>The likeliest token of each.</returns>
    int[] Next(ReadOnlySpan<int> rows, ReadOnlySpan<int> newest);
}
