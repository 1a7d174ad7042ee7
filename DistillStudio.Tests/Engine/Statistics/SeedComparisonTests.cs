using DistillStudio.Engine.Statistics;

namespace DistillStudio.Tests.Engine.Statistics;

public partial class SeedComparisonTests
{
    // Student 1908, "The probable error of a mean": additional hours of sleep of ten patients under two drugs.
    private static readonly double[] SleepOne = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
    private static readonly double[] SleepTwo = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];

    // Darwin 1876, as in Fisher 1935: heights of crossed less self-fertilised maize, in eighths of an inch.
    private static readonly double[] Maize = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48];

    [Fact]
    public void Of_StudentsSleepData_GivesThePublishedTTest()
    {
        SeedComparison comparison = SeedComparison.Of(Scaled(SleepOne), Scaled(SleepTwo))!;
        Assert.Equal(0.158, comparison.Difference, 10);
        Assert.Equal(0.002833, comparison.PValue, 6);
        Assert.Equal(0.0700114, comparison.Interval.Low, 7);
        Assert.Equal(0.2459886, comparison.Interval.High, 7);
        Assert.True(comparison.IsDecided);
    }

    [Fact]
    public void Of_StudentsSleepDataUnpaired_GivesWelchsTest()
    {
        SeedComparison comparison = SeedComparison.Of(Scaled(SleepOne), Scaled(SleepTwo), isPaired: false)!;
        Assert.Equal(0.07939, comparison.PValue, 5);
        Assert.Equal(-0.0205483, comparison.Interval.Low, 7);
        Assert.Equal(0.3365483, comparison.Interval.High, 7);
        Assert.Null(comparison.PermutationPValue);
    }

    [Fact]
    public void Of_DarwinsMaize_IsUndecidedAsThePermutationTestDoesNotConfirm()
    {
        SeedComparison comparison = SeedComparison.Of([.. Maize.Select(_ => 0.5)], [.. Maize.Select(d => 0.5 + (d / 1000))])!;

        // Fisher counted 863 of 32,768 on one side; Student's t gives 0.0497.
        Assert.Equal(863 * 2 / 32768.0, comparison.PermutationPValue!.Value, 12);
        Assert.Equal(comparison.PermutationPValue, comparison.PValue);
        Assert.False(comparison.IsDecided);
        Assert.True(comparison.Interval.Contains(0));
    }

    [Fact]
    public void Of_OneSeed_TellsNothing() => Assert.Null(SeedComparison.Of([0.5], [0.6]));

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(10)]
    public void Of_EqualDifferencesOfUnknownRows_ProveNothing(int seeds)
    {
        SeedComparison comparison = SeedComparison.Of([.. Enumerable.Repeat(0.5, seeds)], [.. Enumerable.Repeat(0.55, seeds)])!;
        Assert.Equal(1, comparison.PValue);
        Assert.Equal(new ConfidenceInterval(-1, 1), comparison.Interval);
    }

    [Fact]
    public void Of_EqualDifferencesWithRows_AreAsSureAsTheRowsAllow()
    {
        bool[] first = [.. Enumerable.Range(0, 100).Select(row => row < 50)];
        bool[] second = [.. Enumerable.Range(0, 100).Select(row => row < 53)];
        SeedComparison comparison = SimulatedRuns.Compare([first, first, first], [second, second, second]);
        Assert.False(comparison.IsDecided); // three rows of a hundred, whatever the number of identical runs
        Assert.InRange(comparison.Interval.High - comparison.Interval.Low, 0.06, 0.1);
    }

    [Fact]
    public void Of_IdenticalRuns_StillHasAWidth()
    {
        bool[] run = [true, false, true, true];
        SeedComparison comparison = SimulatedRuns.Compare([run, run], [run, run]);
        Assert.Equal(1, comparison.PValue);
        Assert.True(comparison.Interval.High > 0.1);
    }

    [Fact]
    public void Of_AccuraciesWithRowCount_HasTheBinomialFloor()
    {
        double[] baseline = [0.5, 0.5, 0.5];
        double[] other = [0.52, 0.52, 0.52];
        Assert.False(SeedComparison.Of(baseline, other, true, RowNoise.OfAccuracies(baseline, other, 100))!.IsDecided);
        Assert.True(SeedComparison.Of(baseline, other, true, RowNoise.OfAccuracies(baseline, other, 100_000))!.IsDecided);
    }

    [Fact]
    public void Of_BadInput_SaysWhatIsWrong()
    {
        ArgumentException lengths = Assert.Throws<ArgumentException>(() => SeedComparison.Of([0.5, 0.6], [0.5]));
        Assert.Contains("do not pair", lengths.Message, StringComparison.Ordinal);
        ArgumentException range = Assert.Throws<ArgumentException>(() => SeedComparison.Of([0.5, 1.2], [0.5, 0.5]));
        Assert.Contains("1.2", range.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => SeedComparison.Of([0.5, double.NaN], [0.5, 0.5]));
        Assert.Throws<ArgumentException>(() => RowNoise.Of([[true], [true, false]], [[true]]));
    }

    [Fact]
    public void PermutationPValue_MoreSeedsThanCanBeTriedAll_IsCloseToExact()
    {
        double[] differences = [.. Enumerable.Range(0, 30).Select(i => 0.5 + (0.01 * Math.Sin(i)) + 0.003)];
        SeedComparison comparison = SeedComparison.Of([.. differences.Select(_ => 0.5)], differences)!;
        Assert.InRange(comparison.PermutationPValue!.Value, comparison.PValue - 0.01, comparison.PValue + 0.01);
    }

    [Theory]
    [InlineData(3, true)]
    [InlineData(6, true)]
    [InlineData(8, true)]
    [InlineData(5, false)]
    public void IntervalAt_EveryLevel_ExcludesZeroExactlyIfThePValueSaysSo(int seeds, bool isPaired)
    {
        var runs = new SimulatedRuns(3, 60, 0.3, 0.5);
        for (int draw = 0; draw < 200; draw++)
        {
            bool[][][] study = runs.Study(2, seeds, 0.4);
            SeedComparison comparison = SimulatedRuns.Compare(study[0], study[1], isPaired);
            foreach (double level in new[] { 0.5, 0.9, 0.95, 0.99, 1 - (0.05 / 9) })
            {
                Assert.NotEqual(comparison.IsDecidedAt(level), comparison.IntervalAt(level).Contains(0));
            }

            Assert.True(comparison.IntervalAt(0.99).High >= comparison.IntervalAt(0.9).High);
        }
    }

    /// <summary>Six seeds and rows without taste are on the cautious side: up to 100 %.</summary>
    [Theory]
    [InlineData(2, 0.6, 0.8)]
    [InlineData(3, 0.2, 0.8)]
    [InlineData(3, 0.6, 0.8)]
    [InlineData(5, 0.2, 0.8)]
    [InlineData(5, 0.6, 0.0)]
    [InlineData(6, 0.2, 1.5)]
    [InlineData(10, 0.0, 1.5)]
    [InlineData(10, 0.2, 0.8)]
    [InlineData(10, 0.6, 0.8)]
    public void Interval_TwoThousandStudies_CoversAndRaisesFewFalseAlarms(int seeds, double seedEffect, double taste)
    {
        foreach (double advantage in new[] { 0, 0.5 })
        {
            var runs = new SimulatedRuns(12, 150, seedEffect, taste);
            double truth = advantage == 0 ? 0 : SimulatedRuns.TrueDifference(seedEffect, taste, advantage);
            int covered = 0;
            for (int draw = 0; draw < SimulatedRuns.Draws; draw++)
            {
                bool[][][] study = runs.Study(2, seeds, advantage);
                covered += SimulatedRuns.Compare(study[0], study[1]).Interval.Contains(truth) ? 1 : 0;
            }

            int least = advantage == 0 ? SimulatedRuns.Draws - SimulatedRuns.MostFalseAlarms : SimulatedRuns.LeastCovered;
            Assert.InRange(covered, least, SimulatedRuns.Draws);
        }
    }

    private static double[] Scaled(double[] hours) => [.. hours.Select(h => 0.3 + (h / 10))];
}
