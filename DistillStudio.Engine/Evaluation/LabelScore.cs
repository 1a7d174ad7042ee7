using DistillStudio.Engine.Generation;

namespace DistillStudio.Engine.Evaluation;

/// <summary>Sums the log probabilities of the tokens of a generated label.</summary>
internal static class LabelScore
{
    /// <summary>Decimals kept: a probability to a millionth.</summary>
    private const int Decimals = 6;

    /// <param name="written">Generated tokens with their log probabilities.</param>
    /// <param name="label">Position of the label in the text; 0 if the text is the label, null if it holds none.</param>
    /// <param name="findLabel">Returns that position for the text of leading tokens.</param>
    /// <returns>In nats, at most 0; null if there is no label.</returns>
    public static double? Of(GeneratedIds written, int? label, Func<int[], int?> findLabel)
    {
        if (written.LogProbabilities is not { } scores || label is not { } start)
        {
            return null;
        }

        int first = start == 0 ? 0 : FirstToken(written, start, findLabel);
        return Math.Round(Math.Min(0, scores.Skip(first).Sum(score => (double)score)), Decimals) + 0.0; // not -0
    }

    /// <summary>Returns the number of tokens needed to produce the text before the label.</summary>
    private static int FirstToken(GeneratedIds written, int start, Func<int[], int?> findLabel)
    {
        (int low, int high) = (0, written.Ids.Count);
        while (low < high)
        {
            int middle = (low + high) / 2;
            bool isThere = findLabel([.. written.Ids.Take(middle)]) is { } found && found >= start;
            (low, high) = isThere ? (low, middle) : (middle + 1, high);
        }

        return low;
    }
}
