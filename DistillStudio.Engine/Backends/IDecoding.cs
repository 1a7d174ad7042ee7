
namespace DistillStudio.Engine.Backends;

/// <summary>Decodes greedily, token by token, and caches what later steps reuse.</summary>
internal interface IDecoding : IDisposable
{
    /// <summary>Encodes inputs and discards the previous ones.</summary>
    /// <param name="inputs">Token ids with the closing <c>&lt;/s&gt;</c>.</param>
    void Begin(IReadOnlyList<int[]> inputs);

    /// <summary>Decodes one more token.</summary>
    /// <param name="rows">Indices of the inputs still being decoded, ascending; an omitted input cannot return.</param>
    /// <param name="newest">Previous token of each of <paramref name="rows"/>; initially the start token.</param>
    /// <param name="logProbabilities">Receives the log probability of each returned token, in nats; empty if they are not wanted.</param>
    /// <returns>The most likely token of each row.</returns>
    int[] Next(ReadOnlySpan<int> rows, ReadOnlySpan<int> newest, Span<float> logProbabilities);
}
