using DistillStudio.Engine.Statistics;

namespace DistillStudio.Tests.Engine.Statistics;

public class SeedNoiseTests
{
    [Fact]
    public void Of_ThreeRuns_GivesDeviationMeanDifferenceAndRange()
    {
        SeedNoise noise = SeedNoise.Of([0.50, 0.52, 0.56])!;
        Assert.Equal(3, noise.Seeds);
        Assert.Equal(0.0305505, noise.StandardDeviation, 7);
        Assert.Equal(0.04, noise.ExpectedDifference, 12);
        Assert.Equal(4.302653 * 0.0305505 * Math.Sqrt(2), noise.Range, 6);
    }

    [Fact]
    public void Of_OneRun_IsUnknown() => Assert.Null(SeedNoise.Of([0.5]));

    [Fact]
    public void Of_EqualRuns_HasNone() => Assert.Equal(new SeedNoise(2, 0, 0, 0), SeedNoise.Of([0.5, 0.5]));

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(10)]
    public void Of_ManyStudies_HoldsTheNextTwoSeeds(int seeds)
    {
        var normal = new SimulatedRuns(31, 1, 0, 0);
        int held = 0;
        double expected = 0;
        for (int draw = 0; draw < SimulatedRuns.Draws; draw++)
        {
            SeedNoise noise = SeedNoise.Of([.. Enumerable.Range(0, seeds).Select(_ => 0.5 + (0.02 * normal.Normal()))])!;
            held += Math.Abs(0.02 * (normal.Normal() - normal.Normal())) <= noise.Range ? 1 : 0;
            expected += noise.ExpectedDifference / SimulatedRuns.Draws;
        }

        Assert.InRange(held, SimulatedRuns.LeastCovered, 0.97 * SimulatedRuns.Draws);
        Assert.Equal(0.04 / Math.Sqrt(Math.PI), expected, tolerance: 0.001); // of two normal variables
    }
}
