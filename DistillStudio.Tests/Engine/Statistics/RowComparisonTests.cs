using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Statistics;

namespace DistillStudio.Tests.Engine.Statistics;

public class RowComparisonTests
{
    // Fagerland, Lydersen and Laake 2014, "Recommended tests and confidence intervals for paired binomial proportions": complete response
    // before and after consolidation therapy (Cavo et al. 2012). Newcombe's interval excludes 0, and the exact test does not reject.
    private static readonly PairedComparison Cavo = new(BothRight: 59, OnlyFirst: 6, OnlySecond: 16, NeitherRight: 80);

    [Fact]
    public void DifferenceInterval_PublishedTable_GivesItsLimits()
    {
        ConfidenceInterval interval = Cavo.DifferenceInterval();
        Assert.Equal(0.0046, interval.Low, 4);
        Assert.Equal(0.1186, interval.High, 4);
    }

    [Fact]
    public void Interval_TestThatDoesNotDecide_HoldsZeroAsWell()
    {
        var comparison = new RowComparison(Cavo);
        Assert.Equal(0.0525, comparison.PValue, 4);
        Assert.False(comparison.IsDecided);
        Assert.Equal(0, comparison.Interval.Low);
        Assert.Equal(0.1186, comparison.Interval.High, 4);
    }

    // Armitage and Berry 1994, p. 127: two media for culturing. Bentur et al. 2009, in Fagerland et al. 2013: airway hyper-responsiveness.
    [Theory]
    [InlineData(12, 2, 0.0129)]
    [InlineData(1, 7, 0.0703)]
    public void PValue_PublishedTables_AreTheirs(int onlyFirst, int onlySecond, double expected) =>
        Assert.Equal(expected, new RowComparison(new(20, onlyFirst, onlySecond, 16)).PValue, 4);

    [Theory]
    [InlineData(0.9)]
    [InlineData(0.95)]
    [InlineData(0.99)]
    [InlineData(1 - (0.05 / 9))]
    public void IntervalAt_EveryTableOfFewRows_ExcludesZeroExactlyIfTheTestDecides(double level)
    {
        foreach (int rows in new[] { 1, 2, 6, 20, 41 })
        {
            for (int first = 0; first <= rows; first++)
            {
                for (int second = 0; first + second <= rows; second++)
                {
                    for (int both = 0; first + second + both <= rows; both++)
                    {
                        var comparison = new RowComparison(new(both, first, second, rows - first - second - both));
                        Assert.NotEqual(comparison.IsDecidedAt(level), comparison.IntervalAt(level).Contains(0));
                    }
                }
            }
        }
    }

    /// <summary>Tables where the exact test only just decides, and Newcombe's interval alone would hold 0.</summary>
    [Theory]
    [InlineData(0.99, 300, 8, 0.0008)]
    [InlineData(1 - (0.05 / 9), 100, 9, 0.0035)]
    public void IntervalAt_HighLevelWithFewDiscordantRows_TakesTheExactLimit(double level, int rows, int onlySecond, double low)
    {
        var comparison = new RowComparison(new(1, 0, onlySecond, rows - onlySecond - 1));
        var mirrored = new RowComparison(new(1, onlySecond, 0, rows - onlySecond - 1));
        Assert.True(comparison.Table.DifferenceInterval(level).Contains(0));
        Assert.True(comparison.IsDecidedAt(level));
        Assert.InRange(comparison.IntervalAt(level).Low, low, comparison.Difference);
        Assert.Equal(-comparison.IntervalAt(level).Low, mirrored.IntervalAt(level).High, 12);
    }

    [Fact]
    public void Of_TwoLists_ComparesTheOtherWithTheBaseline()
    {
        var comparison = RowComparison.Of([true, false, false, false], [true, true, true, false]);
        Assert.Equal(0.5, comparison.Difference);
        Assert.Equal(0.5, comparison.Discordance);
        Assert.Equal(4, comparison.Rows);
    }

    /// <summary>Exact tests are conservative with few discordant rows; so is the interval that agrees with one.</summary>
    [Theory]
    [InlineData(20)]
    [InlineData(60)]
    [InlineData(250)]
    [InlineData(500)]
    [InlineData(2000)]
    public void Interval_TwoThousandDraws_CoversAndRaisesFewFalseAlarms(int rows)
    {
        (double, double)[] truths = [(0.1, 0.0), (0.4, 0.0), (0.1, 0.06), (0.3, 0.1), (0.3, 0.2), (0.5, 0.3)];
        foreach ((double discordance, double difference) in truths)
        {
            var random = new SeededRandom((ulong)rows);
            int covered = 0;
            int decided = 0;
            for (int draw = 0; draw < SimulatedRuns.Draws; draw++)
            {
                RowComparison comparison = Draw(random, rows, discordance, difference);
                covered += comparison.Interval.Contains(difference) ? 1 : 0;
                decided += comparison.IsDecided ? 1 : 0;
            }

            Assert.InRange(covered, SimulatedRuns.LeastCovered, SimulatedRuns.Draws);
            Assert.True(difference != 0 || decided <= SimulatedRuns.MostFalseAlarms, $"{decided} false alarms at {discordance}");
            Assert.True(rows < 250 || difference == 0 || covered <= 0.97 * SimulatedRuns.Draws, $"{covered} covered at {difference}");
        }
    }

    internal static RowComparison Draw(SeededRandom random, int rows, double discordance, double difference)
    {
        int[] counts = new int[4];
        double onlyFirst = (discordance - difference) / 2;
        for (int row = 0; row < rows; row++)
        {
            double u = random.NextDouble();
            counts[u < onlyFirst ? 0 : u < discordance ? 1 : u < discordance + ((1 - discordance) * 0.7) ? 2 : 3]++;
        }

        return new(new(counts[2], counts[0], counts[1], counts[3]));
    }
}
