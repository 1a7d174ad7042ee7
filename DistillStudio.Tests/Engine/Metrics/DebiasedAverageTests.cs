using DistillStudio.Engine.Metrics;

namespace DistillStudio.Tests.Engine.Metrics;

public sealed class DebiasedAverageTests
{
    [Fact]
    public void Next_AnyValues_IsTensorBoardsSmoothing()
    {
        double?[] values = [4, 8, null, double.NaN, 2, double.PositiveInfinity, 6];
        const double weight = 0.75;
        var average = default(DebiasedAverage);
        double[] averages = [.. values.Select(value => (average = average.Next(value, weight)).Value)];

        // As in its source: last = last * w + (1 - w) * y, drawn as last / (1 - w^n).
        double last = 0;
        int n = 0;
        double[] expected = [.. values.Select(value =>
        {
            if (value is { } y && double.IsFinite(y))
            {
                last = (last * weight) + ((1 - weight) * y);
                n++;
            }

            return last / (1 - Math.Pow(weight, n));
        })];
        Assert.Equal(expected, averages, (one, other) => Math.Abs(one - other) < 1e-12);
    }

    [Fact]
    public void Next_DistantFirstValue_DecaysAsFastAsAnyOther()
    {
        double[] values = [100, .. Enumerable.Repeat(1.0, 9)];
        DebiasedAverage average = values.Aggregate(default(DebiasedAverage), (before, value) => before.Next(value, 0.9));
        Assert.InRange(average.Value, 6, 8); // 40 if the first value represented everything before it
    }

    [Fact]
    public void Next_WithoutWeight_IsTheValue() => Assert.Equal(3, new DebiasedAverage(7, 1).Next(3, 0).Value);

    [Fact]
    public void Next_LongCurve_StaysFinite()
    {
        var average = default(DebiasedAverage);
        for (int i = 0; i < 100_000; i++)
        {
            average = average.Next(5, 0.99);
        }

        Assert.Equal(5, average.Value, 9);
        Assert.Equal(1, average.Share, 9);
    }
}
