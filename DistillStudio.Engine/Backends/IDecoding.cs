namespace DistillStudio.Engine.Backends;

/// <summary>Decodes greedily, token by token, and caches what later steps reuse.</summary>
internal interface IDecoding : IDisposable
{
    /// <summary>True if parts of the inputs can be decoded on several threads at a time.</summary>
    bool IsDivisible { get; }

    /// <summary>Encodes inputs and discards the previous ones.</summary>
    /// <param name="inputs">Token ids with the closing <c>&lt;/s&gt;</c>.</param>
    /// <param name="together">Number of consecutive inputs encoded at a time, at least 1; rounding depends on it.</param>
    void Begin(IReadOnlyList<int[]> inputs, int together);

    /// <summary>Opens consecutive inputs for decoding. If <see cref="IsDivisible"/> is false, all of them at once.</summary>
    /// <param name="first">Index of the first.</param>
    /// <param name="count">At least 1.</param>
    IRowDecoding Open(int first, int count);
}

/// <summary>Decodes some of the inputs of an <see cref="IDecoding"/>, on one thread at a time.</summary>
internal interface IRowDecoding : IDisposable
{
    /// <summary>Decodes one more token.</summary>
    /// <param name="rows">Indices, among the opened inputs, of those still being decoded, ascending; an omitted input cannot
    /// return.</param>
    /// <param name="newest">Previous token of each of <paramref name="rows"/>; initially the start token.</param>
    /// <param name="logProbabilities">Receives the log probability of each returned token, in nats; empty if they are not wanted.</param>
    /// <returns>The most likely token of each row.</returns>
    int[] Next(ReadOnlySpan<int> rows, ReadOnlySpan<int> newest, Span<float> logProbabilities);
}
