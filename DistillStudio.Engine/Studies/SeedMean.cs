using DistillStudio.Engine.Statistics;

namespace DistillStudio.Engine.Studies;

/// <summary>The mean of a share over seeds.</summary>
/// <param name="Seeds">Number of seeds; at least 1.</param>
/// <param name="Mean">In [0, 1].</param>
/// <param name="StandardDeviation">Of one seed; null of a single one.</param>
/// <param name="Interval">95 % confidence interval of the mean over seeds, within [0, 1]: Student's t; null of a single seed, and of
/// seeds that are all equal, which tell nothing about their spread.</param>
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

        BandPoint point = SeedBand.Of([.. values.Select(value => new[] { value })])[0];
        double? deviation = values.Count == 1 ? null : Math.Sqrt(Sample.Of(values).Variance);
        return new(values.Count, point.Mean, deviation, deviation > 0 ? point.Interval?.Clip(0, 1) : null);
    }
}
