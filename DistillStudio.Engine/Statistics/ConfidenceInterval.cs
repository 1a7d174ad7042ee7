namespace DistillStudio.Engine.Statistics;

/// <summary>A confidence interval, both ends included; of 95 % unless its source says otherwise.</summary>
public sealed record ConfidenceInterval(double Low, double High)
{
    /// <summary>
    /// Wilson's score interval of a proportion (Wilson 1927; Newcombe 1998, "Two-sided confidence intervals for the single proportion",
    /// method 3): accurate near 0 and 1 and for few rows.
    /// </summary>
    /// <param name="correct">Number of correct answers, in [0, <paramref name="rows"/>].</param>
    /// <param name="rows">Number of rows; at least 1.</param>
    /// <param name="level">Confidence level in (0, 1).</param>
    public static ConfidenceInterval OfProportion(int correct, int rows, double level = Comparison.UsualLevel)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(correct);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(correct, rows);
        double z = Quantiles.Normal(1 - level);
        double p = (double)correct / rows;
        double centre = (2 * correct) + (z * z);
        double spread = z * Math.Sqrt((z * z) + (4 * correct * (1 - p)));
        double scale = 2 * (rows + (z * z));
        return new(Math.Max(0, (centre - spread) / scale), Math.Min(1, (centre + spread) / scale));
    }

    public bool Contains(double value) => Low <= value && value <= High;

    /// <summary>Whether this interval lies inside ±<paramref name="margin"/>, the ends excluded.</summary>
    internal bool IsWithin(double margin) => -margin < Low && High < margin;

    /// <summary>Returns the smallest interval that holds both.</summary>
    internal ConfidenceInterval Hull(ConfidenceInterval other) => new(Math.Min(Low, other.Low), Math.Max(High, other.High));

    internal ConfidenceInterval Clip(double low, double high) => new(Math.Clamp(Low, low, high), Math.Clamp(High, low, high));
}
