using DistillStudio.Engine.Statistics;

namespace DistillStudio.Tests.Engine.Statistics;

public class SeedBandTests
{
    [Fact]
    public void Of_CurvesWithGaps_AveragesWhatIsThere()
    {
        double[][] curves = [[1.0, double.NaN, 3.0, 4.0], [3.0, double.NaN, 5.0], [2.0, 7.0, double.PositiveInfinity]];
        IReadOnlyList<BandPoint> band = SeedBand.Of(curves);
        Assert.Equal([3, 1, 2, 1], band.Select(point => point.Count));
        Assert.Equal([2, 7, 4, 4], band.Select(point => point.Mean));
        Assert.Equal(2 - (4.302653 / Math.Sqrt(3)), band[0].Interval!.Low, 5);
        Assert.Equal(4 + 12.706205, band[2].Interval!.High, 5);
        Assert.Null(band[1].Interval);
    }

    [Fact]
    public void Of_NothingOrMissingOnly_HasNoMean()
    {
        Assert.Empty(SeedBand.Of([]));
        Assert.Equal(new BandPoint(0, double.NaN, null), SeedBand.Of([[double.NaN], []])[0]);
    }
}
