using DistillStudio.Engine.Metrics;

namespace DistillStudio.Tests.Engine.Metrics;

public sealed class ExponentialAverageTests
{
    [Fact]
    public void Next_StartsAtTheFirstValueAndSkipsMissingOnes()
    {
        double? average = null;
        double?[] values = [null, 4, 8, double.NaN, double.PositiveInfinity, null, 2];
        double?[] averages = [.. values.Select(value => average = ExponentialAverage.Next(average, value, 0.75))];
        Assert.Equal([null, 4, 5, 5, 5, 5, 4.25], averages);
    }

    [Fact]
    public void Next_WithoutWeight_IsTheValue() => Assert.Equal(3, ExponentialAverage.Next(7, 3, 0));
}
