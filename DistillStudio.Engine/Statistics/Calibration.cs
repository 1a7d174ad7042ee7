namespace DistillStudio.Engine.Statistics;

/// <summary>Answers whose probability falls into one bin of a reliability diagram.</summary>
/// <param name="From">Lower end, excluded but for the first bin.</param>
/// <param name="To">Upper end, included.</param>
/// <param name="Count">Number of answers.</param>
/// <param name="MeanProbability">NaN if empty.</param>
/// <param name="Accuracy">Share that is right; NaN if empty.</param>
/// <param name="Interval">Wilson's 95 % interval of <paramref name="Accuracy"/>; null if empty.</param>
public sealed record ReliabilityBin(
    double From, double To, int Count, double MeanProbability, double Accuracy, ConfidenceInterval? Interval);

/// <summary>Whether the probabilities that a model gives its answers are the shares of them that are right.</summary>
/// <param name="Bins">Bins of equal width over [0, 1], from low to high.</param>
/// <param name="ExpectedError">Expected calibration error (ECE), in [0, 1]: distance of accuracy and mean probability in a bin, averaged
/// over the answers (Guo et al. 2017, "On calibration of modern neural networks"). It exceeds 0 by chance alone with few answers.</param>
/// <param name="Brier">Brier score, in [0, 1]: mean squared distance of the probability from what happened.</param>
public sealed record Calibration(IReadOnlyList<ReliabilityBin> Bins, double ExpectedError, double Brier)
{
    /// <param name="probabilities">Probability that the model gives each of its answers, in [0, 1]; at least one.</param>
    /// <param name="isRight">Whether each answer is right.</param>
    /// <param name="bins">Number of bins; at least 1.</param>
    /// <exception cref="ArgumentException">The lists differ in length or are empty, or a probability lies outside [0, 1].</exception>
    public static Calibration Of(IReadOnlyList<double> probabilities, IReadOnlyList<bool> isRight, int bins = 10)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bins);
        if (probabilities.Count != isRight.Count || probabilities.Count == 0)
        {
            string counts = $"{probabilities.Count} probabilities for {isRight.Count} answers";
            throw new ArgumentException($"{counts}; it takes one each, at least one", nameof(isRight));
        }

        if (probabilities.Any(p => p is not (>= 0 and <= 1)))
        {
            throw new ArgumentException("a probability lies between 0 and 1", nameof(probabilities));
        }

        int[] answers = new int[bins];
        int[] rights = new int[bins];
        double[] sums = new double[bins];
        double squares = 0;
        for (int i = 0; i < probabilities.Count; i++)
        {
            int bin = Math.Max(0, (int)Math.Ceiling(probabilities[i] * bins) - 1);
            answers[bin]++;
            rights[bin] += isRight[i] ? 1 : 0;
            sums[bin] += probabilities[i];
            squares += Math.Pow(probabilities[i] - (isRight[i] ? 1 : 0), 2);
        }

        double error = Enumerable.Range(0, bins).Sum(b => Math.Abs(rights[b] - sums[b])) / probabilities.Count;
        return new([.. Enumerable.Range(0, bins).Select(Bin)], error, squares / probabilities.Count);

        ReliabilityBin Bin(int b) => new(
            (double)b / bins,
            (b + 1.0) / bins,
            answers[b],
            answers[b] == 0 ? double.NaN : sums[b] / answers[b],
            answers[b] == 0 ? double.NaN : (double)rights[b] / answers[b],
            answers[b] == 0 ? null : ConfidenceInterval.OfProportion(rights[b], answers[b]));
    }
}
