namespace DistillStudio.Engine.Statistics;

/// <summary>How far two runs of one method differ by their seeds alone: a baseline against itself.</summary>
/// <param name="Seeds">Number of runs; at least 2.</param>
/// <param name="StandardDeviation">Of the accuracy over seeds.</param>
/// <param name="ExpectedDifference">Mean absolute difference of two seeds (Gini 1912), unbiased for any distribution.</param>
/// <param name="Range">Difference, either side of 0, that two further seeds stay within with 95 % probability: t · s · √2, as few runs
/// tell little about the spread.</param>
public sealed record SeedNoise(int Seeds, double StandardDeviation, double ExpectedDifference, double Range)
{
    /// <summary>Returns null for fewer than two runs.</summary>
    /// <param name="accuracies">Accuracy of each run, in [0, 1].</param>
    public static SeedNoise? Of(IReadOnlyList<double> accuracies)
    {
        if (accuracies.Count < 2)
        {
            return null;
        }

        var sample = Sample.Of(accuracies);
        double deviation = Math.Sqrt(sample.Variance);
        double sum = 0;
        for (int i = 1; i < sample.Count; i++)
        {
            for (int j = 0; j < i; j++)
            {
                sum += Math.Abs(accuracies[i] - accuracies[j]);
            }
        }

        double range = deviation == 0 ? 0 : Quantiles.Student(Comparison.Alpha, sample.Count - 1) * deviation * Math.Sqrt(2);
        return new(sample.Count, deviation, sum / (sample.Count * (sample.Count - 1) / 2.0), Math.Min(1, range));
    }
}
