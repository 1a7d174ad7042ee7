using DistillStudio.Components.Charts;
using DistillStudio.Components.Presentation;

namespace DistillStudio.Tests.Components.Charts;

/// <summary>What makes the first figure of a process, and figures of many points, quick.</summary>
public sealed class CurveWarmUpTests
{
    [Fact]
    public async Task DrawAsync_AnyFigure_NeedsNoBrowser() =>
        await CurveWarmUp.DrawAsync(Figure(3), TestContext.Current.CancellationToken);

    [Theory]
    [InlineData(60, null)]
    [InlineData(61, 24)]
    [InlineData(1000, 24)]
    public void Marks_CurveOfManyPoints_AreLimited(int points, int? marks)
    {
        var trace = Assert.IsType<Plotly.Blazor.Traces.Scatter>(Assert.Single(new PlotlyFigure(Figure(points), isDark: false).Data));

        Assert.Equal(marks, (int?)trace.Marker.MaxDisplayed);
    }

    private static ChartFigure Figure(int points)
    {
        double[] x = [.. Enumerable.Range(1, points).Select(i => (double)i)];
        ChartSeries series = new("run", "run", 0, 0, SeriesStyle.Headline, x, [.. x.Select(y => (double?)y / points)], null, points);
        return new([PanelPlan.Accuracy.Panel], [series], new ChartView(), new("Step"));
    }
}
