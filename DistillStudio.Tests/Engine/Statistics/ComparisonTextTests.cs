using DistillStudio.Engine.Statistics;

namespace DistillStudio.Tests.Engine.Statistics;

public class ComparisonTextTests
{
    [Theory]
    [InlineData(0.0004, "p < 0.001")]
    [InlineData(0.0312, "p = 0.031")]
    [InlineData(0.0497, "p = 0.0497")]
    [InlineData(0.0503, "p = 0.0503")]
    [InlineData(0.049999, "p just below 0.05")]
    [InlineData(0.050001, "p just above 0.05")]
    [InlineData(1, "p = 1.000")]
    public void PValue_NearTheLine_StaysOnItsSide(double p, string expected) => Assert.Equal(expected, ComparisonText.PValue(p));

    [Theory]
    [InlineData(0.012, 0.04, "+1.2 pp to +4.0 pp")]
    [InlineData(0.0002, 0.04, "just above 0 pp to +4.0 pp")]
    [InlineData(-0.04, -0.0002, "−4.0 pp to just below 0 pp")]
    [InlineData(0, 0.04, "0 pp to +4.0 pp")]
    public void Interval_LimitThatExcludesZero_IsNotShownAsZero(double low, double high, string expected) =>
        Assert.Equal(expected, ComparisonText.Interval(new(low, high)));
}
