namespace DistillStudio.Engine.Statistics;

/// <summary>
/// Two models, compared on the same rows. The claim is about these two sets of weights on rows like these, not about the methods that
/// trained them: see <see cref="SeedComparison"/>.
/// </summary>
/// <param name="Table">The rows by who is right; the first of the pair is the baseline.</param>
/// <remarks>
/// Decided by McNemar's exact test. The interval is Newcombe's (1998, method 10), drawn out to 0 where the test does not decide; where it
/// does decide, Newcombe's interval excludes 0 by itself (so for every table of up to 100 rows, which tests hold).
/// </remarks>
public sealed record RowComparison(PairedComparison Table) : Comparison
{
    /// <param name="baseline">Per row, whether the baseline is right.</param>
    /// <param name="other">The same of the other, in the same order.</param>
    /// <exception cref="ArgumentException">The lists differ in length, or are empty.</exception>
    public static RowComparison Of(IReadOnlyList<bool> baseline, IReadOnlyList<bool> other) => new(PairedComparison.Of(baseline, other));

    public int Rows => Table.Rows;

    public override double Difference => Table.Difference;

    /// <summary>McNemar's exact test: two-sided, in (0, 1].</summary>
    public override double PValue => Table.PValue();

    /// <summary>Share of rows that only one of the two gets right, in [0, 1].</summary>
    public double Discordance => (double)(Table.OnlyFirst + Table.OnlySecond) / Rows;

    public override ConfidenceInterval IntervalAt(double level)
    {
        ConfidenceInterval interval = Table.DifferenceInterval(level);
        return IsDecidedAt(level) ? interval : interval.Hull(new(0, 0));
    }
}
