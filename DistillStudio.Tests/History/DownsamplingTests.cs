using DistillStudio.History;

namespace DistillStudio.Tests.History;

public class DownsamplingTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(1000)]
    public void KeepExtremes_NoMoreThanWanted_KeepsAll(int count)
    {
        double[] values = [.. Enumerable.Range(0, count).Select(i => Math.Sin(i))];

        Assert.Equal(Enumerable.Range(0, count), Downsampling.KeepExtremes(values, 1000));
    }

    [Fact]
    public void KeepExtremes_AnyCurve_KeepsEndsAndEveryBucketsPeaksWithinTheLimit()
    {
        var random = new Random(7);
        for (int round = 0; round < 300; round++)
        {
            int count = random.Next(2, 5000);
            int max = random.Next(Downsampling.LeastPoints, 600);
            double[] values = [.. Enumerable.Range(0, count).Select(_ => Draw(random, round % 3 == 0))];

            IReadOnlyList<int> kept = Downsampling.KeepExtremes(values, max);

            Assert.True(kept.Count <= Math.Max(max, 2), $"{kept.Count} of {max}");
            Assert.Equal(kept.Order().Distinct(), kept);
            Assert.Equal(0, kept[0]);
            Assert.Equal(count - 1, kept[^1]);
            double[] finite = [.. values.Where(double.IsFinite)];
            double[] left = [.. kept.Select(i => values[i]).Where(double.IsFinite)];
            if (finite.Length > 0)
            {
                Assert.Equal(finite.Max(), left.Max());
                Assert.Equal(finite.Min(), left.Min());
            }

            Assert.Equal(values.Any(v => !double.IsFinite(v)), kept.Any(i => !double.IsFinite(values[i])));
        }
    }

    [Fact]
    public void KeepExtremes_OneSpikeAnywhere_IsKept()
    {
        for (int at = 0; at < 10_000; at += 37)
        {
            double[] values = new double[10_000];
            values[at] = at % 2 == 0 ? 5 : -5;

            Assert.Contains(at, Downsampling.KeepExtremes(values, 100));
        }
    }

    [Fact]
    public void KeepExtremes_TwoSpikesInFarPlaces_AreBothKept()
    {
        double[] values = new double[50_000];
        values[10_000] = 9;
        values[40_000] = 3; // lower than the other, yet a peak of its neighbourhood

        IReadOnlyList<int> kept = Downsampling.KeepExtremes(values, 1000);

        Assert.Contains(10_000, kept);
        Assert.Contains(40_000, kept);
    }

    private static double Draw(Random random, bool withGaps) => withGaps && random.Next(200) == 0
        ? random.Next(3) switch { 0 => double.NaN, 1 => double.PositiveInfinity, _ => double.NegativeInfinity }
        : (random.NextDouble() * 2) - 1;
}
