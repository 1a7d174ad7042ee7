using DistillStudio.Components.Charts;
using DistillStudio.Components.Presentation;
using Plotly.Blazor.LayoutLib.YAxisLib;

namespace DistillStudio.Tests.Components.Charts;

/// <summary>The axes that a figure asks of Plotly; what Plotly makes of them is seen in a browser.</summary>
public sealed class PlotlyAxesTests
{
    private static readonly AxisUnit Steps = new("step", IsWhole: true);

    [Theory]
    [InlineData(1, 1, true)]
    [InlineData(1, 3, true)]
    [InlineData(1, 6, true)]
    [InlineData(2000, 2004, true)]
    [InlineData(1, 7, false)]
    [InlineData(1, 600, false)]
    public void X_OfFewSteps_HasATickAtEach(double from, double to, bool isEach) =>
        Assert.Equal(isEach ? 1 : null, XOf(Figure([Curve([from, to], [1, 1])], Steps)).DTick);

    [Fact]
    public void X_ZoomedToFewSteps_HasATickAtEach()
    {
        ChartFigure figure = Figure([Curve([1, 600], [1, 1])], Steps);
        Assert.Equal(1, XOf(figure with { View = new() { Zoom = ChartZoom.None with { X = new(300.2, 303.7) } } }).DTick);
    }

    [Fact]
    public void X_OfEpochs_HasTicksBetweenWholeNumbers() =>
        Assert.Null(XOf(Figure([Curve([0.1, 2], [1, 1])], new("epoch"))).DTick);

    [Theory]
    [InlineData(0, 2, true)]
    [InlineData(0.05, 2, true)]
    [InlineData(0.3, 2, false)]
    [InlineData(0.4, 0.4, false)]
    public void Y_MarkNearZero_MayBeginBelowIt(double low, double high, bool isBelow)
    {
        ChartFigure figure = Figure([Curve([1, 2], [low, high], SeriesStyle.Validation)], Steps);
        Assert.Equal(isBelow ? RangeModeEnum.Normal : RangeModeEnum.NonNegative, YOf(figure).RangeMode);
        Assert.Null(YOf(figure).Range);
        Assert.Equal(isBelow ? "normal" : "nonnegative", new PlotlyFigure(figure, isDark: false).VisibleLayout["yaxis.rangemode"]);
    }

    [Fact]
    public void Y_RingAtZeroOfACurveWithoutMarks_MayBeginBelowIt()
    {
        ChartFigure figure = Figure([Curve([1, 2], [0, 2])], Steps);
        Assert.Equal(RangeModeEnum.NonNegative, YOf(figure).RangeMode);
        figure = figure with { PointMarks = [new("curve", 0, 1, 0, PointKind.Exported, 0)] };
        Assert.Equal(RangeModeEnum.Normal, YOf(figure).RangeMode);
        Assert.Equal(RangeModeEnum.NonNegative, YOf(figure with { Hidden = ["curve"] }).RangeMode);
    }

    /// <summary>Plotly would otherwise show as much below zero as above.</summary>
    [Fact]
    public void Y_AllMarksAtZero_BeginsJustBelowIt()
    {
        IList<object> range = YOf(Figure([Curve([1, 2], [0, 0], SeriesStyle.Validation)], Steps)).Range;
        Assert.InRange((double)range[0], -0.1, -0.05);
        Assert.Equal(1.0, range[1]);
    }

    [Fact]
    public void Y_ClippedRange_LeavesRoomForTheMarksWithin()
    {
        double[] xs = [.. Enumerable.Range(1, 40).Select(x => (double)x)];
        ChartFigure figure = Figure(
            [Curve(xs, [.. xs.Select(x => x == 40 ? 1000 : x / 40)]), Curve([1, 40], [0, 0.5], SeriesStyle.Validation)], Steps);

        Assert.True((double)YOf(figure).Range[0] < -0.03);
        Assert.InRange((double)YOf(figure).Range[1], 0.9, 2);
        var zoom = ChartZoom.None with { Y = ChartZoom.None.Y.SetItem("loss", new(0, 0.5)) };
        Assert.Equal([0.0, 0.5], YOf(figure with { View = new() { Zoom = zoom } }).Range);
    }

    /// <summary>A run that has been evaluated twice began far above both.</summary>
    [Fact]
    public void Y_TrainingFarAboveItsOwnValidation_IsNoOutlier()
    {
        double[] steps = [.. Enumerable.Range(1, 100).Select(step => (double)step)];
        ChartSeries training = Curve(steps, [.. steps.Select(step => 6.7 - (0.06 * step))]);
        ChartSeries validation = Curve([96, 100], [0.9, 0.7], SeriesStyle.Validation);

        Assert.Null(YOf(Figure([training, validation], Steps)).Range);
    }

    private static ChartSeries Curve(double[] x, double[] y, SeriesStyle style = SeriesStyle.Training) =>
        new($"curve {style}", "curve", 0, 0, style, x, [.. y.Select(value => (double?)value)], null, x.Length) { Group = "curve" };

    private static ChartFigure Figure(ChartSeries[] series, AxisUnit unit) =>
        new([new ChartPanel("Loss", "", "~g", ".4f", MayBeLog: true) { Name = "loss" }], series, new ChartView(), unit);

    private static Plotly.Blazor.LayoutLib.XAxis XOf(ChartFigure figure) => new PlotlyFigure(figure, isDark: false).Layout.XAxis[0];

    private static Plotly.Blazor.LayoutLib.YAxis YOf(ChartFigure figure) => new PlotlyFigure(figure, isDark: false).Layout.YAxis[0];
}
