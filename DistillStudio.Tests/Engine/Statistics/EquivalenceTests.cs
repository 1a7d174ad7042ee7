using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Statistics;

namespace DistillStudio.Tests.Engine.Statistics;

public class EquivalenceTests
{
    /// <summary>
    /// The paired example of Lakens's TOSTER: 65 pairs with means 5.83 and 5.75, deviations 1.17 and 1.29, correlation 0.75, and a margin
    /// of 0.4 deviations.
    /// </summary>
    [Fact]
    public void Of_PublishedPairedExample_GivesItsOneSidedTest()
    {
        double deviation = Math.Sqrt((1.17 * 1.17) + (1.29 * 1.29) - (2 * 0.75 * 1.17 * 1.29)) / 10;
        double[] other = [.. Enumerable.Range(0, 65).Select(i => 0.5 + 0.008 + (i == 64 ? 0 : i % 2 == 0 ? deviation : -deviation))];
        var equivalence = Equivalence.Of(SeedComparison.Of([.. other.Select(_ => 0.5)], other)!, 0.4 * deviation);
        Assert.True(equivalence.IsEquivalent);
        Assert.Equal(0.0077, equivalence.PValue, 4); // t(64) = -2.49
    }

    [Fact]
    public void Of_NarrowInterval_IsEquivalentThoughDifferent()
    {
        var rows = new RowComparison(new(5000, 10, 60, 4930));
        var equivalence = Equivalence.Of(rows, 0.02);
        Assert.True(rows.IsDecided);
        Assert.True(equivalence.IsEquivalent);
        Assert.InRange(equivalence.PValue, 0, 0.05);
    }

    [Fact]
    public void Of_ClearlyBetter_IsNotInferiorButNotEquivalent()
    {
        var equivalence = Equivalence.Of(new RowComparison(new(400, 10, 90, 100)), 0.02);
        Assert.False(equivalence.IsEquivalent);
        Assert.True(equivalence.IsNotInferior);
        Assert.False(equivalence.IsNotSuperior);
        Assert.Equal(1, equivalence.PValue);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1.1)]
    [InlineData(double.NaN)]
    public void Of_MarginThatIsNone_IsRefused(double margin) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Equivalence.Of(new RowComparison(new(1, 1, 1, 1)), margin));

    [Fact]
    public void PValue_ManyComparisons_AgreesWithTheInterval()
    {
        var random = new SeededRandom(8);
        for (int draw = 0; draw < 300; draw++)
        {
            var equivalence = Equivalence.Of(RowComparisonTests.Draw(random, 300, 0.1, 0.01), 0.04);
            Assert.Equal(equivalence.IsEquivalent, equivalence.PValue < 0.05);
        }
    }

    [Fact]
    public void Of_DifferenceOfExactlyTheMargin_IsSeldomCalledEquivalent()
    {
        var random = new SeededRandom(9);
        int rows = Enumerable.Range(0, SimulatedRuns.Draws)
            .Count(_ => Equivalence.Of(RowComparisonTests.Draw(random, 1000, 0.2, 0.05), 0.05).IsEquivalent);
        Assert.InRange(rows, 50, SimulatedRuns.MostFalseAlarms);

        var runs = new SimulatedRuns(10, 150, 0.2, 0.5);
        double margin = SimulatedRuns.TrueDifference(0.2, 0.5, 0.5);
        int seeds = 0;
        for (int draw = 0; draw < SimulatedRuns.Draws; draw++)
        {
            bool[][][] study = runs.Study(2, 5, 0.5);
            seeds += Equivalence.Of(SimulatedRuns.Compare(study[0], study[1]), margin).IsEquivalent ? 1 : 0;
        }

        Assert.InRange(seeds, 20, SimulatedRuns.MostFalseAlarms);
    }
}
