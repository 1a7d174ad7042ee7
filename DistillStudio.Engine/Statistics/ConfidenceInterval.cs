namespace DistillStudio.Engine.Statistics;

/// <summary>A 95 % confidence interval, both ends included.</summary>
public sealed record ConfidenceInterval(double Low, double High)
{
    /// <summary>Normal quantile of 0.975.</summary>
    internal const double Z = 1.959963984540054;

    /// <summary>
    /// Wilson's score interval of a proportion (Wilson 1927; Newcombe 1998, "Two-sided confidence intervals for the single proportion",
    /// method 3): accurate near 0 and 1 and for few rows.
    /// </summary>
    /// <param name="correct">Number of correct answers, in [0, <paramref name="rows"/>].</param>
    /// <param name="rows">Number of rows; at least 1.</param>
    public static ConfidenceInterval OfProportion(int correct, int rows)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(correct);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(correct, rows);
        double p = (double)correct / rows;
        double centre = (2 * correct) + (Z * Z);
        double spread = Z * Math.Sqrt((Z * Z) + (4 * correct * (1 - p)));
        double scale = 2 * (rows + (Z * Z));
        return new(Math.Max(0, (centre - spread) / scale), Math.Min(1, (centre + spread) / scale));
    }

    public bool Contains(double value) => Low <= value && value <= High;
}
