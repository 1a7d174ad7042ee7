using DistillStudio.Components.Charts;

namespace DistillStudio.Tests.Components.Charts;

/// <summary>One diverged run or one spike must not flatten what else is drawn; everything else must stay as it is.</summary>
public sealed class PanelRangeTests
{
    private static readonly double[] Healthy = [.. Enumerable.Range(0, 600).Select(i => 0.3 + (3.7 * Math.Exp(-i / 110.0)))];
    private static readonly double[] Diverged =
        [.. Enumerable.Range(0, 600).Select(i => i < 150 ? Healthy[i] : Healthy[150] * Math.Exp((i - 150) / 15.0))];

    [Theory]
    [InlineData(1, false)]
    [InlineData(11, false)]
    [InlineData(1, true)]
    [InlineData(11, true)]
    public void WithoutOutliers_OneRunDiverged_IsTheRangeOfTheOthers(int others, bool isLog)
    {
        ChartRange? range = PanelRange.WithoutOutliers([Diverged, .. Enumerable.Repeat(Healthy, others)], isLog);
        Assert.NotNull(range);
        Assert.InRange(range.To, 3.9, isLog ? 20 : 6);
        Assert.InRange(range.From, 0, 0.31);
    }

    [Fact]
    public void WithoutOutliers_OneSpike_IsCut()
    {
        double[] spiked = [.. Healthy];
        spiked[300] = 500;
        Assert.InRange(PanelRange.WithoutOutliers([spiked], isLog: false)!.To, 3.5, 6);
    }

    [Fact]
    public void WithoutOutliers_HealthyRuns_IsTheirOwn() =>
        Assert.Null(PanelRange.WithoutOutliers([Healthy, [.. Healthy.Select(y => 1.4 * y)], [.. Healthy.Select(y => 0.7 * y)]], false));

    [Fact]
    public void WithoutOutliers_FewPointsThatDifferLittle_IsTheirOwn() =>
        Assert.Null(PanelRange.WithoutOutliers([[3.1], [3.1001], [3.4]], isLog: false));

    [Fact]
    public void WithoutOutliers_ACurveOfZeros_IsTheirOwn() => Assert.Null(PanelRange.WithoutOutliers([[0, 0, 0]], isLog: false));

    [Fact]
    public void WithoutOutliers_NothingToDraw_IsNone()
    {
        Assert.Null(PanelRange.WithoutOutliers([], isLog: false));
        Assert.Null(PanelRange.WithoutOutliers([[], [double.NaN, double.PositiveInfinity]], isLog: false));
        Assert.Null(PanelRange.WithoutOutliers([[0, -1]], isLog: true));
    }
}
