namespace DistillStudio.Engine.Statistics;

/// <summary>
/// The mean difference of paired seeds with an interval that may be looked at after every pair, as often as one likes: with
/// 95 % probability all of them hold, so that stopping when one excludes 0 does no harm.
/// </summary>
/// <remarks>
/// <para>Inverts the sequential t test for unknown variance with a normal prior on the standardized difference (Lai 1976, "On confidence
/// sequences"; Wang and Ramdas 2024, "Anytime-valid t-tests and confidence sequences for Gaussian means with unknown variance"). It takes
/// four pairs before anything can be decided, and more pairs than <see cref="SeedComparison"/> at a number fixed beforehand: differences
/// as large as their standard deviation are decided in 86 % of studies within 20 pairs, after 12 on average.</para>
/// <para>Several sequences that are looked at together take an equal part of the 5 % each (Bonferroni), so that all their intervals hold at
/// every look with 95 %, whichever of them end early.</para>
/// <para>The rows' noise is added and bounded as in <see cref="SeedComparison"/>, whose own interval does not hold if one stops when it
/// suits.</para>
/// </remarks>
public sealed record ConfidenceSequence
{
    /// <summary>
    /// Prior standard deviation of the mean difference, in standard deviations of the differences. Between 0.5 and 5 it is about the best
    /// for differences of 0.8 to 2 standard deviations within 20 pairs.
    /// </summary>
    private const double Prior = 1.5;

    private readonly double _variance; // of one difference

    private readonly double _alpha;

    private ConfidenceSequence(Sample sample, RowNoise? rows, int comparisons)
    {
        _alpha = Comparison.Alpha / comparisons;
        Pairs = sample.Count;
        Difference = sample.Mean;
        Rows = rows;
        _variance = sample.Count < 2 || sample.Variance <= 1e-24 ? 0 : sample.Variance;
        double half = HalfWidth(Pairs);
        Interval = new ConfidenceInterval(Difference - half, Difference + half).Clip(-1, 1);
    }

    public int Pairs { get; }

    /// <summary>Mean of the differences so far; accuracy of the other minus that of the baseline, in [-1, 1].</summary>
    public double Difference { get; }

    /// <summary>The interval at this look; [-1, 1] as long as nothing can be said.</summary>
    public ConfidenceInterval Interval { get; }

    public RowNoise? Rows { get; }

    /// <summary>Level of <see cref="Interval"/>: 0.95 of one sequence, higher of several.</summary>
    public double Level => 1 - _alpha;

    /// <summary>Whether a difference is shown.</summary>
    public bool IsDecided => !Interval.Contains(0);

    /// <param name="differences">Accuracy of the other minus that of the baseline, per seed in the study's order; at least one.</param>
    /// <param name="rows">Noise of the test rows; null leaves the claim to these rows.</param>
    /// <param name="comparisons">Number of sequences that are looked at together; at least 1, and fixed beforehand.</param>
    public static ConfidenceSequence Of(IReadOnlyList<double> differences, RowNoise? rows = null, int comparisons = 1)
    {
        ArgumentOutOfRangeException.ThrowIfZero(differences.Count, nameof(differences));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(comparisons);
        return new(Sample.Of(differences), rows, comparisons);
    }

    /// <summary>
    /// Whether deciding is out of reach: the mean that <paramref name="maximumPairs"/> pairs can be expected to have, at best (with
    /// 97.5 % probability, from the spread so far), would still be undecided. To stop then never adds false alarms.
    /// </summary>
    public bool IsFutile(int maximumPairs)
    {
        if (IsDecided || Pairs < 3)
        {
            return !IsDecided && Pairs >= maximumPairs;
        }

        double rest = Math.Max(0, (1.0 / Pairs) - (1.0 / Math.Max(Pairs, maximumPairs)));
        double reach = Math.Abs(Difference) + (Quantiles.Student(Comparison.Alpha, Pairs - 1) * Math.Sqrt(_variance * rest));
        return reach <= HalfWidth(Math.Max(Pairs, maximumPairs));
    }

    /// <summary>
    /// Returns the square of what takes the place of Student's quantile if the differences may be looked at after every pair; infinite
    /// as long as so few pairs allow no statement at this level.
    /// </summary>
    /// <param name="pairs">Number of differences; at least 1.</param>
    /// <param name="alpha">Probability, in (0, 1), that any of the intervals misses.</param>
    internal static double SquaredQuantile(int pairs, double alpha)
    {
        double growth = 1 + (pairs * Prior * Prior);
        double bound = Math.Pow(growth / (alpha * alpha), 1.0 / pairs);
        return pairs < 2 || bound >= growth ? double.PositiveInfinity : (pairs - 1) * (bound - 1) / (1 - (bound / growth));
    }

    private double HalfWidth(int pairs)
    {
        double squaredQuantile = SquaredQuantile(pairs, _alpha);
        if ((_variance == 0 && Rows is null) || double.IsInfinity(squaredQuantile))
        {
            return double.PositiveInfinity;
        }

        double z = Quantiles.Normal(_alpha);
        double seeds = squaredQuantile * _variance / pairs;
        return Math.Sqrt(Math.Max(seeds + (z * z * (Rows?.Shared ?? 0)), z * z * (Rows?.Floor ?? 0)));
    }
}
