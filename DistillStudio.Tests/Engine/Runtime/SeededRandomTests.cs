using DistillStudio.Engine.Runtime;

namespace DistillStudio.Tests.Engine.Runtime;

public class SeededRandomTests
{
    [Fact]
    public void NextBits_SeedOfThePublishedTestVector_GivesItsNumbers()
    {
        // SplitMix64's reference output for seed 1234567.
        var random = new SeededRandom(1234567);
        Assert.Equal(
            [6457827717110365317UL, 3203168211198807973UL, 9817491932198370423UL],
            [random.NextBits(), random.NextBits(), random.NextBits()]);
    }

    [Fact]
    public void Permutation_AnySeed_HoldsEveryNumberOnce()
    {
        int[] order = new SeededRandom(7).Permutation(1000);
        Assert.NotEqual(Enumerable.Range(0, 1000), order);
        Assert.Equal(Enumerable.Range(0, 1000), order.Order());
    }

    [Fact]
    public void Derive_NeighbouringStreams_ShareNothing()
    {
        ulong[] seeds = [.. Enumerable.Range(0, 1000).Select(i => SeededRandom.Derive(0, (ulong)i))];
        Assert.Equal(1000, seeds.Distinct().Count());
        double mean = seeds.Average(s => new SeededRandom(s).NextDouble());
        Assert.InRange(mean, 0.47, 0.53);
    }
}
