namespace DistillStudio.Engine.Statistics;

/// <summary>
/// Two methods, compared over seeds: the mean difference in accuracy, with a claim about further seeds. The number of seeds is taken as
/// chosen beforehand, unless <see cref="IsAlwaysValid"/>; <see cref="ConfidenceSequence"/> may be looked at as they come.
/// </summary>
/// <remarks>
/// <para>The interval is Student's t over the differences of the seeds (Welch's where the seeds do not pair). If <see cref="Rows"/> is
/// given, the claim is about further rows too: the part of the rows' noise that all seeds share is added, half-widths squared and added
/// (Zou and Donner 2008, "Construction of confidence limits about effect measures"), and no half-width is less than
/// <see cref="RowNoise.Floor"/> allows.</para>
/// <para>From <see cref="PermutationSeeds"/> paired seeds on, the exact permutation test has to confirm at 5 %: if it does not, its own
/// interval is included and its p value counts where it is the larger. So interval, p value and decision agree at every level. Six seeds
/// are confirmed only if all differences have one sign, which makes them the most cautious number.</para>
/// <para>With <see cref="IsAlwaysValid"/> the quantile of <see cref="ConfidenceSequence"/> takes the place of Student's, and the
/// permutation test, which holds at one look only, is left out. Of equal methods that are looked at with 5 seeds as usual, and after each
/// further five up to 20 in this way, 5.2 % are called different; 11.8 % if each look is as usual (2,000 simulated).</para>
/// <para>Differences that are all equal, of runs whose rows are unknown, prove nothing: p is 1 and the interval is [-1, 1].</para>
/// <para>Simulated with effects of the seed, rows of differing difficulty and rows that favour one of two equal methods, for 2 to 10
/// seeds and 60 or 250 rows, the interval with row noise covers 94 to 99 %. Seeds alone call up to 32 % of equal methods different there,
/// since they speak of these very rows. The hierarchical bootstrap (seeds, then rows) covers 83, 91 and 94 % with 3, 5 and 10 seeds whose
/// effects are large, and is left out for that. <c>CoverageFigures</c> among the tests prints all of it.</para>
/// </remarks>
public sealed record SeedComparison : Comparison
{
    /// <summary>Five differences of one sign have an exact p of 0.0625; it takes six to reach 5 %.</summary>
    public const int PermutationSeeds = 6;

    private readonly double _variance; // of the mean difference, owing to the seeds
    private readonly double _freedom;
    private readonly SignFlipTest? _permutation;

    private SeedComparison(
        double difference, double variance, double freedom, IReadOnlyList<double> differences, RowNoise? rows, bool isAlwaysValid = false)
    {
        IsAlwaysValid = isAlwaysValid;
        Difference = difference;
        _variance = variance <= 1e-24 ? 0 : variance; // equal but for rounding
        _freedom = freedom;
        Differences = differences;
        Rows = rows;
        _permutation = differences.Count >= PermutationSeeds && !isAlwaysValid ? new(differences) : null;
        PermutationPValue = _permutation?.PValue;
        PValue = Test();
    }

    public override double Difference { get; }

    public override double PValue { get; }

    /// <summary>True if interval, p value and decision hold however often earlier ones were looked at.</summary>
    public bool IsAlwaysValid { get; }

    /// <summary>
    /// Exact, two-sided p value of the paired permutation test; null below <see cref="PermutationSeeds"/> pairs, and if
    /// <see cref="IsAlwaysValid"/>.
    /// </summary>
    public double? PermutationPValue { get; }

    /// <summary>Difference of each seed; empty if the seeds do not pair.</summary>
    public IReadOnlyList<double> Differences { get; }

    /// <summary>Noise of the rows that is taken into account; null if their answers are unknown.</summary>
    public RowNoise? Rows { get; }

    /// <summary>Number of seeds; of the method with fewer, if they do not pair.</summary>
    public required int Seeds { get; init; }

    public required bool IsPaired { get; init; }

    /// <summary>Standard deviation of the difference between one seed of each method, in [0, 1].</summary>
    public required double StandardDeviation { get; init; }

    /// <summary>Returns null with fewer than two seeds a side: one seed tells nothing about methods.</summary>
    /// <param name="baseline">Accuracy of each seed, in [0, 1].</param>
    /// <param name="other">The same of the other method.</param>
    /// <param name="isPaired">Whether both lists hold the same seeds in the same order.</param>
    /// <param name="rows">Noise of the test rows; null leaves the claim to these rows.</param>
    /// <param name="isAlwaysValid">True if the number of seeds depends on what was seen of them; takes pairs.</param>
    /// <exception cref="ArgumentException">An accuracy lies outside [0, 1], or the lists are paired and differ in length, or an
    /// always-valid claim is asked of seeds that do not pair.</exception>
    public static SeedComparison? Of(
        IReadOnlyList<double> baseline,
        IReadOnlyList<double> other,
        bool isPaired = true,
        RowNoise? rows = null,
        bool isAlwaysValid = false)
    {
        if (isAlwaysValid && !isPaired)
        {
            throw new ArgumentException("an always-valid interval takes seeds that pair", nameof(isPaired));
        }

        foreach (double accuracy in baseline.Concat(other))
        {
            if (accuracy is not (>= 0 and <= 1))
            {
                throw new ArgumentException($"an accuracy lies between 0 and 1, not at {accuracy}", nameof(baseline));
            }
        }

        if (isPaired && baseline.Count != other.Count)
        {
            throw new ArgumentException($"{baseline.Count} and {other.Count} seeds do not pair", nameof(other));
        }

        if (Math.Min(baseline.Count, other.Count) < 2)
        {
            return null;
        }

        return isPaired
            ? OfPairs([.. baseline.Zip(other, (a, b) => b - a)], rows, isAlwaysValid)
            : OfGroups(Sample.Of(baseline), Sample.Of(other), rows);
    }

    public override ConfidenceInterval IntervalAt(double level)
    {
        double alpha = 1 - level;
        double half = HalfWidth(alpha);
        var interval = new ConfidenceInterval(Difference - half, Difference + half);
        if (PermutationPValue > Alpha)
        {
            interval = interval.Hull(_permutation!.IntervalAt(Math.Max(alpha, Alpha)));
        }

        return interval.Clip(-1, 1);
    }

    private static SeedComparison OfPairs(double[] differences, RowNoise? rows, bool isAlwaysValid)
    {
        var sample = Sample.Of(differences);
        return new(sample.Mean, sample.Variance / sample.Count, sample.Count - 1, differences, rows, isAlwaysValid)
        {
            Seeds = sample.Count,
            IsPaired = true,
            StandardDeviation = Math.Sqrt(sample.Variance),
        };
    }

    /// <summary>Welch 1947, with Satterthwaite's degrees of freedom.</summary>
    private static SeedComparison OfGroups(Sample a, Sample b, RowNoise? rows)
    {
        double first = a.Variance / a.Count;
        double second = b.Variance / b.Count;
        double variance = first + second;
        double freedom = variance == 0
            ? a.Count + b.Count - 2
            : variance * variance / ((first * first / (a.Count - 1)) + (second * second / (b.Count - 1)));
        return new(b.Mean - a.Mean, variance, freedom, [], rows)
        {
            Seeds = Math.Min(a.Count, b.Count),
            IsPaired = false,
            StandardDeviation = Math.Sqrt(a.Variance + b.Variance),
        };
    }

    private double HalfWidth(double alpha)
    {
        if (_variance == 0 && Rows is null)
        {
            return double.PositiveInfinity;
        }

        double squaredQuantile = IsAlwaysValid ? ConfidenceSequence.SquaredQuantile(Differences.Count, alpha)
            : _variance == 0 ? 0
            : Math.Pow(Quantiles.Student(alpha, _freedom), 2);
        if (double.IsInfinity(squaredQuantile))
        {
            return squaredQuantile;
        }

        double z = Quantiles.Normal(alpha);
        return Math.Sqrt(Math.Max((squaredQuantile * _variance) + (z * z * (Rows?.Shared ?? 0)), z * z * (Rows?.Floor ?? 0)));
    }

    /// <summary>Returns the probability at which <see cref="IntervalAt"/> just reaches 0.</summary>
    private double Test()
    {
        double p = IsAlwaysValid ? TestAtEveryLook() : TestOfMean();
        return PermutationPValue > Alpha ? Math.Max(p, PermutationPValue.Value) : p;
    }

    private double TestAtEveryLook()
    {
        const double Least = 1e-12;
        const double Most = 1 - Least;
        bool IsExcluded(double alpha) => HalfWidth(alpha) <= Math.Abs(Difference);
        return !IsExcluded(Most) ? 1 : IsExcluded(Least) ? Least : Quantiles.Bisect(Least, Most, IsExcluded);
    }

    private double TestOfMean()
    {
        double square = Difference * Difference;
        if (square == 0 || (_variance == 0 && Rows is null))
        {
            return 1;
        }

        double floor = Rows is { Floor: > 0 } ? Quantiles.NormalTails(Math.Sqrt(square / Rows.Floor)) : 0;
        double shared = Rows?.Shared ?? 0;
        if (_variance == 0)
        {
            return Math.Max(floor, shared == 0 ? 0 : Quantiles.NormalTails(Math.Sqrt(square / shared)));
        }

        double most = Math.Sqrt(square / _variance);
        double t = shared == 0 ? most : Quantiles.Bisect(0, most, t =>
        {
            double z = Quantiles.Normal(Math.Clamp(Quantiles.StudentTails(t, _freedom), 1e-300, 1 - 1e-15));
            return (t * t * _variance) + (z * z * shared) >= square;
        });
        return Math.Max(floor, Quantiles.StudentTails(t, _freedom));
    }
}
