using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Statistics;

namespace DistillStudio.Tests.Engine.Statistics;

public class PowerEstimateTests
{
    // G*Power 3.1, paired t test, two-sided 5 %, power 80 %.
    [Theory]
    [InlineData(0.2, 199)]
    [InlineData(0.5, 34)]
    [InlineData(0.8, 15)]
    [InlineData(1.0, 10)]
    public void SeedsFor_PublishedEffectSizes_GivesTheirNumbers(double effect, int seeds) =>
        Assert.Equal(seeds, PowerEstimate.SeedsFor(0.02 / effect, 0.02));

    [Fact]
    public void SeedsFor_NoiseOfRowsAlone_CanBeOutOfReach()
    {
        Assert.Null(PowerEstimate.SeedsFor(0.01, 0.02, sharedVariance: 0.0002));
        Assert.NotNull(PowerEstimate.SeedsFor(0.01, 0.06, sharedVariance: 0.0002));
    }

    [Theory]
    [InlineData(7, 7)]
    [InlineData(99, 99)]
    [InlineData(100, 100)]
    [InlineData(3311, 3400)]
    [InlineData(99_001, 100_000)]
    public void RoundUp_AnyNumber_KeepsTwoDigits(long count, long expected) => Assert.Equal(expected, PowerEstimate.RoundUp(count));

    [Fact]
    public void Describe_RowsAndSeeds_NamesBoth()
    {
        Assert.Equal("about 3,400 rows or 9 more seeds", new PowerEstimate(0.02, 3311, 9).Describe());
        Assert.Equal("about 1 more seed", new PowerEstimate(0.02, null, 1).Describe());
        Assert.Equal("", new PowerEstimate(0.02, null, null).Describe());
    }

    [Fact]
    public void Of_WhatWasFound_CountsTheSeedsThereAre()
    {
        var rows = new RowComparison(new(150, 20, 25, 55));
        SeedComparison seeds = SeedComparison.Of([0.50, 0.52, 0.54], [0.52, 0.51, 0.58])!;
        var estimate = PowerEstimate.Of(rows, seeds, 0.02);
        Assert.Equal(PowerEstimate.RowsFor(45 / 250.0, 0.02), estimate.Rows);
        Assert.Equal(PowerEstimate.SeedsFor(seeds.StandardDeviation, 0.02) - 3, estimate.MoreSeeds);
        Assert.Null(PowerEstimate.Of(null, SeedComparison.Of([0.5, 0.5], [0.5, 0.5]), 0.02).MoreSeeds);
    }

    [Theory]
    [InlineData(0.1, 0.05)]
    [InlineData(0.3, 0.1)]
    [InlineData(0.05, 0.02)]
    public void RowsFor_TwoThousandDraws_HasAboutEightyPercentPower(double discordance, double margin)
    {
        var random = new SeededRandom(11);
        int rows = (int)PowerEstimate.RowsFor(discordance, margin);
        int decided = Enumerable.Range(0, SimulatedRuns.Draws)
            .Count(_ => RowComparisonTests.Draw(random, rows, discordance, margin).IsDecided);
        Assert.InRange(decided, 0.77 * SimulatedRuns.Draws, 0.85 * SimulatedRuns.Draws);
    }

    [Theory]
    [InlineData(0.02, 0.02, 0)]
    [InlineData(0.02, 0.03, 0)]
    [InlineData(0.02, 0.03, 0.00002)]
    public void SeedsFor_TwoThousandDraws_HasAboutEightyPercentPower(double deviation, double margin, double shared)
    {
        var normal = new SimulatedRuns(12, 1, 0, 0);
        int seeds = PowerEstimate.SeedsFor(deviation, margin, shared)!.Value;
        int decided = 0;
        for (int draw = 0; draw < SimulatedRuns.Draws; draw++)
        {
            double centre = 0.5 + margin + (Math.Sqrt(shared) * normal.Normal());
            double[] other = [.. Enumerable.Range(0, seeds).Select(_ => centre + (deviation * normal.Normal()))];
            decided += SeedComparison.Of([.. other.Select(_ => 0.5)], other, true, new(shared, shared))!.IsDecided ? 1 : 0;
        }

        Assert.InRange(decided, 0.77 * SimulatedRuns.Draws, 0.9 * SimulatedRuns.Draws);
    }

    [Fact]
    public void SeedsFor_SeedsAddedAfterALook_AreMoreAndHaveAboutEightyPercentPower()
    {
        const double Deviation = 0.02;
        const double Margin = 0.02;
        var normal = new SimulatedRuns(13, 1, 0, 0);
        int seeds = PowerEstimate.SeedsFor(Deviation, Margin, isAlwaysValid: true)!.Value;
        int decided = 0;
        for (int draw = 0; draw < SimulatedRuns.Draws; draw++)
        {
            double[] other = [.. Enumerable.Range(0, seeds).Select(_ => 0.5 + Margin + (Deviation * normal.Normal()))];
            decided += SeedComparison.Of([.. other.Select(_ => 0.5)], other, isAlwaysValid: true)!.IsDecided ? 1 : 0;
        }

        Assert.True(seeds > PowerEstimate.SeedsFor(Deviation, Margin));
        Assert.InRange(decided, 0.77 * SimulatedRuns.Draws, 0.9 * SimulatedRuns.Draws);
    }
}
