namespace DistillStudio.Engine.Statistics;

/// <summary>
/// Whether the other is as good as the baseline, within a margin: two one-sided tests at 5 % (Schuirmann 1987, "A comparison of the two
/// one-sided tests procedure and the power approach"), which is the same as a 90 % interval inside ±margin. A difference can be shown and
/// still lie within the margin: both verdicts then hold.
/// </summary>
/// <param name="Margin">Largest difference in accuracy that does not matter, in (0, 1].</param>
/// <param name="Interval">The 90 % confidence interval of the difference.</param>
/// <param name="PValue">Larger of the two one-sided p values, in (0, 0.5); 1 if the difference found lies outside the margin.</param>
public sealed record Equivalence(double Margin, ConfidenceInterval Interval, double PValue)
{
    private const double TestLevel = 1 - (2 * Comparison.Alpha);

    /// <exception cref="ArgumentOutOfRangeException">The margin is not in (0, 1].</exception>
    public static Equivalence Of(Comparison comparison, double margin)
    {
        if (margin is not (> 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(margin), margin, "a margin lies above 0 and is at most 1");
        }

        return new(margin, comparison.IntervalAt(TestLevel), Test(comparison, margin));
    }

    /// <summary>Whether the two are equally good within the margin.</summary>
    public bool IsEquivalent => Interval.IsWithin(Margin);

    /// <summary>Whether the other is not worse than the baseline by the margin or more; it may be better.</summary>
    public bool IsNotInferior => Interval.Low > -Margin;

    /// <summary>Whether the other is not better than the baseline by the margin or more; it may be worse.</summary>
    public bool IsNotSuperior => Interval.High < Margin;

    /// <summary>Returns half the probability of error at which the interval just fits into the margin.</summary>
    private static double Test(Comparison comparison, double margin)
    {
        const double Most = 0.5 - 1e-9;
        bool Fits(double p) => comparison.IntervalAt(1 - (2 * p)).IsWithin(margin);
        return Math.Abs(comparison.Difference) >= margin || !Fits(Most) ? 1 : Quantiles.Bisect(1e-9, Most, Fits);
    }
}
