using DistillStudio.Engine.Statistics;

namespace DistillStudio.Engine.Studies;

/// <summary>The mean of a share over seeds.</summary>
/// <param name="Seeds">Number of seeds; at least 1.</param>
/// <param name="Mean">In [0, 1].</param>
/// <param name="StandardDeviation">Of one seed; null of a single one.</param>
/// <param name="Interval">95 % confidence interval of the mean over seeds, within [0, 1]: Student's t; null of a single seed.</param>
public sealed record SeedMean(int Seeds, double Mean, double? StandardDeviation, ConfidenceInterval? Interval)
{
    /// <param name="values">Shares in [0, 1], one a seed.</param>
    /// <returns>Null if there are none.</returns>
    public static SeedMean? Of(IReadOnlyList<double> values)
    {
        if (values.Count == 0)
        {
            return null;
        }

        var sample = Sample.Of(values);
        if (sample.Count == 1)
        {
            return new(1, sample.Mean, null, null);
        }

        double half = Quantiles.Student(1 - Comparison.UsualLevel, sample.Count - 1) * Math.Sqrt(sample.Variance / sample.Count);
        return new(sample.Count, sample.Mean, Math.Sqrt(sample.Variance), new ConfidenceInterval(sample.Mean - half, sample.Mean + half).Clip(0, 1));
    }
}
