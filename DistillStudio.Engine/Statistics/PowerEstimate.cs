using DistillStudio.Engine.Formatting;

namespace DistillStudio.Engine.Statistics;

/// <summary>What it would take to tell a difference as large as the margin, with 80 % power at 5 %.</summary>
/// <param name="Margin">Difference in accuracy, in (0, 1].</param>
/// <param name="Rows">Number of test rows for two models; null if unknown.</param>
/// <param name="MoreSeeds">Number of seeds to add to those there are; null if unknown or if no number would do.</param>
public sealed record PowerEstimate(double Margin, long? Rows, int? MoreSeeds)
{
    private const double Power = 0.8;
    private const int MostSeeds = 1000;

    /// <summary>Estimates from what a comparison has shown so far; either may be null.</summary>
    /// <param name="models">Two models on rows.</param>
    /// <param name="methods">Two methods over seeds.</param>
    /// <param name="margin">Difference in accuracy to be detected, in (0, 1].</param>
    /// <param name="isAlwaysValid">True if seeds that are added are judged by an interval that holds at every look.</param>
    public static PowerEstimate Of(RowComparison? models, SeedComparison? methods, double margin, bool isAlwaysValid = false)
    {
        int? seeds = methods is { StandardDeviation: > 0 and var deviation }
            ? SeedsFor(deviation, margin, methods.Rows?.Shared ?? 0, isAlwaysValid)
            : null;
        return new(
            margin,
            models is null ? null : RowsFor(models.Discordance, margin),
            seeds is { } needed ? Math.Max(0, needed - methods!.Seeds) : null);
    }

    /// <summary>
    /// Number of rows for McNemar's test (Connor 1987, "Sample size for testing differences in proportions for the paired-sample design"),
    /// and one over the margin more, which is what the exact test costs.
    /// </summary>
    /// <param name="discordance">Share of rows that only one of the two gets right, in [0, 1]; at least the margin is assumed.</param>
    /// <param name="margin">Difference in accuracy, in (0, 1].</param>
    public static long RowsFor(double discordance, double margin)
    {
        CheckMargin(margin);
        double share = Math.Max(discordance, margin);
        double alpha = Quantiles.Normal(Comparison.Alpha) * Math.Sqrt(share);
        double beta = Quantiles.Normal(2 * (1 - Power)) * Math.Sqrt(share - (margin * margin));
        return (long)Math.Ceiling(Math.Pow((alpha + beta) / margin, 2) + (1 / margin));
    }

    /// <summary>
    /// Number of seeds of each method for <see cref="SeedComparison"/>; null if no number up to 1,000 would do. Never six with seeds chosen
    /// beforehand: the permutation test then asks for six differences of one sign.
    /// </summary>
    /// <param name="standardDeviation">Of the difference between one seed of each method.</param>
    /// <param name="margin">Difference in accuracy, in (0, 1].</param>
    /// <param name="sharedVariance"><see cref="RowNoise.Shared"/>: noise of the rows, which more seeds do not reduce.</param>
    /// <param name="isAlwaysValid">See <see cref="SeedComparison.IsAlwaysValid"/>.</param>
    public static int? SeedsFor(double standardDeviation, double margin, double sharedVariance = 0, bool isAlwaysValid = false)
    {
        CheckMargin(margin);
        if (PowerAt(MostSeeds) < Power)
        {
            return null;
        }

        int low = 1;
        int high = MostSeeds;
        while (high - low > 1)
        {
            int middle = (low + high) / 2;
            (low, high) = PowerAt(middle) >= Power ? (low, middle) : (middle, high);
        }

        return high == SeedComparison.PermutationSeeds && !isAlwaysValid ? high + 1 : high;

        double PowerAt(int seeds) => PowerOf(
            seeds,
            isAlwaysValid
                ? ConfidenceSequence.SquaredQuantile(seeds, Comparison.Alpha)
                : Math.Pow(Quantiles.Student(Comparison.Alpha, seeds - 1), 2),
            margin,
            standardDeviation * standardDeviation / seeds,
            sharedVariance);
    }

    /// <summary>Rounds up to two significant digits, as an estimate deserves no more.</summary>
    public static long RoundUp(long count)
    {
        long unit = 1;
        while (count / unit >= 100)
        {
            unit *= 10;
        }

        return (count + unit - 1) / unit * unit;
    }

    /// <summary>"about 3,400 rows or 9 more seeds"; empty if neither is known.</summary>
    public string Describe()
    {
        string[] ways =
        [
            .. Rows is { } rows ? [Format.Plural(RoundUp(rows), "row")] : Array.Empty<string>(),
            .. MoreSeeds is > 0 and { } seeds ? [Format.Plural(RoundUp(seeds), "more seed")] : Array.Empty<string>(),
        ];
        return ways.Length == 0 ? "" : "about " + string.Join(" or ", ways);
    }

    /// <summary>
    /// Probability that the interval of <see cref="SeedComparison"/> excludes 0, over the distribution of the estimated variance
    /// (chi-squared, integrated at its quantiles).
    /// </summary>
    private static double PowerOf(int seeds, double squaredQuantile, double margin, double variance, double sharedVariance)
    {
        const int Points = 200;
        double freedom = seeds - 1;
        if (double.IsInfinity(squaredQuantile))
        {
            return 0;
        }

        double z = Quantiles.Normal(Comparison.Alpha);
        double error = Math.Sqrt(variance + sharedVariance);
        if (error == 0)
        {
            return 1;
        }

        double power = 0;
        for (int i = 0; i < Points; i++)
        {
            double ratio = MathNet.Numerics.Distributions.ChiSquared.InvCDF(freedom, (i + 0.5) / Points) / freedom;
            double half = Math.Sqrt((squaredQuantile * variance * ratio) + (z * z * sharedVariance));
            power += MathNet.Numerics.Distributions.Normal.CDF(0, 1, (margin - half) / error)
                + MathNet.Numerics.Distributions.Normal.CDF(0, 1, (-margin - half) / error);
        }

        return power / Points;
    }

    private static void CheckMargin(double margin)
    {
        if (margin is not (> 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(margin), margin, "a margin lies above 0 and is at most 1");
        }
    }
}
