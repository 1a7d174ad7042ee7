namespace DistillStudio.Engine.Backends;

/// <summary>Decodes one more token; see <see cref="IRowDecoding.Next"/>.</summary>
internal delegate int[] NextTokens(ReadOnlySpan<int> rows, ReadOnlySpan<int> newest, Span<float> logProbabilities);

/// <summary>All inputs of a decoding that is not divisible.</summary>
/// <param name="next">Of the decoding, which outlives this object.</param>
internal sealed class AllRows(NextTokens next) : IRowDecoding
{
    public int[] Next(ReadOnlySpan<int> rows, ReadOnlySpan<int> newest, Span<float> logProbabilities) =>
        next(rows, newest, logProbabilities);

    public void Dispose()
    {
    }
}
