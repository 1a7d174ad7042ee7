using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Text;

namespace DistillStudio.Engine.Evaluation;

/// <summary>A histogram of text lengths in tokens, each with its closing <c>&lt;/s&gt;</c>.</summary>
/// <param name="Width">Tokens per bin: bin i counts the lengths from 1 + i · Width to (i + 1) · Width.</param>
/// <param name="CutOff">Longest length that a run keeps; longer texts are cut.</param>
/// <param name="Cut">Number of texts longer than <paramref name="CutOff"/>.</param>
public sealed record LengthHistogram(int Width, IReadOnlyList<int> Bins, int CutOff, int Cut, int Median, int P95, int Max)
{
    private const int MostBins = 32;

    /// <summary>Texts encoded between two checks for cancellation.</summary>
    private const int Portion = 2000;

    /// <summary>Returns null for no texts.</summary>
    /// <exception cref="InputException">The tokenizer's file is damaged.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was cancelled.</exception>
    public static LengthHistogram? Of(IEnumerable<string> texts, T5Tokenizer tokenizer, int cutOff, CancellationToken stop)
    {
        var lengths = new List<int>();
        foreach (string[] portion in texts.Chunk(Portion))
        {
            stop.ThrowIfCancellationRequested();
            lengths.AddRange(portion.Select(text => tokenizer.Encode(text).Length));
        }

        if (lengths.Count == 0)
        {
            return null;
        }

        lengths.Sort();
        int width = Math.Max(1, (int)Math.Ceiling((double)lengths[^1] / MostBins));
        int[] bins = new int[((lengths[^1] - 1) / width) + 1];
        foreach (int length in lengths)
        {
            bins[(length - 1) / width]++;
        }

        return new(
            width, bins, cutOff, lengths.Count(length => length > cutOff), lengths[(lengths.Count - 1) / 2],
            lengths[(int)(0.95 * (lengths.Count - 1))], lengths[^1]);
    }
}
