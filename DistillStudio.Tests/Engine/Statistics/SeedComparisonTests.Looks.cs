using DistillStudio.Engine.Statistics;

namespace DistillStudio.Tests.Engine.Statistics;

public partial class SeedComparisonTests
{
    private static readonly double[] Looked = [0.05, 0.03, 0.06, 0.02, 0.05, 0.07, -0.01, 0.04];

    [Theory]
    [InlineData(3, false)]
    [InlineData(5, false)]
    [InlineData(8, false)]
    [InlineData(8, true)]
    public void Of_SeedsAddedAfterALook_HasTheIntervalOfTheConfidenceSequence(int seeds, bool hasRows)
    {
        RowNoise? rows = hasRows ? new(0.0001, 0.00005) : null;
        SeedComparison comparison = AtEveryLook(Looked[..seeds], rows);

        Assert.Equal(ConfidenceSequence.Of(Looked[..seeds], rows).Interval.Low, comparison.Interval.Low, 12);
        Assert.Equal(ConfidenceSequence.Of(Looked[..seeds], rows, 4).Interval.High, comparison.IntervalAt(0.9875).High, 12);
        Assert.Null(comparison.PermutationPValue);
        Assert.All([0.5, 0.8, 0.95, 0.99, 0.9999], level => Assert.Equal(
            comparison.IsDecidedAt(level), comparison.IntervalAt(level) is { Low: > 0 } or { High: < 0 }));
    }

    [Fact]
    public void Of_SeedsAddedAfterALook_KeepsDoubtWhereAFixedNumberWouldNot()
    {
        Assert.True(SeedComparison.Of([.. Looked[..5].Select(_ => 0.5)], [.. Looked[..5].Select(d => 0.5 + d)])!.IsDecided);
        Assert.Equal(1, AtEveryLook([.. Looked.Select(_ => 0.02)], null).PValue);
        Assert.Equal(1, AtEveryLook([0.02, -0.02, 0.01, -0.01, 0], null).PValue);
        Assert.InRange(AtEveryLook(Looked[..3], null).PValue, 0.1, 1); // three can never decide
        Assert.Throws<ArgumentException>(() => SeedComparison.Of([0.5, 0.6], [0.5, 0.6], isPaired: false, isAlwaysValid: true));
    }

    /// <summary>Whoever adds seeds until a difference shows, and takes each look for the first, finds too many.</summary>
    [Fact]
    public void IsDecided_SeedsAddedUntilADifferenceShows_RaisesFewFalseAlarmsAtEveryLookOnly()
    {
        var normal = new SimulatedRuns(31, 1, 0, 0);
        int naive = 0;
        int honest = 0;
        for (int draw = 0; draw < SimulatedRuns.Draws; draw++)
        {
            double[] differences = [.. Enumerable.Range(0, 12).Select(_ => 0.02 * normal.Normal())];
            bool isFirst = Fixed(differences[..5]).IsDecided;
            naive += isFirst || Later(look => Fixed(differences[..look])) ? 1 : 0;
            honest += isFirst || Later(look => AtEveryLook(differences[..look], null)) ? 1 : 0;
        }

        Assert.InRange(honest, 0, SimulatedRuns.MostFalseAlarms);
        Assert.InRange(naive, 150, SimulatedRuns.Draws); // about 10 %

        static bool Later(Func<int, SeedComparison> at) => new[] { 8, 10, 12 }.Any(look => at(look).IsDecided);

        static SeedComparison Fixed(double[] differences) =>
            SeedComparison.Of([.. differences.Select(_ => 0.5)], [.. differences.Select(d => 0.5 + d)])!;
    }

    private static SeedComparison AtEveryLook(double[] differences, RowNoise? rows) =>
        SeedComparison.Of([.. differences.Select(_ => 0.5)], [.. differences.Select(d => 0.5 + d)], true, rows, isAlwaysValid: true)!;
}
