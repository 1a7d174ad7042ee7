using System.Text.Json;
using DistillStudio.Components.Charts;
using DistillStudio.Components.Interactivity;
using DistillStudio.Components.Presentation;

namespace DistillStudio.Tests.Components.Charts;

/// <summary>A zoom lies in the address, and comes from what Plotly reports.</summary>
public sealed class ChartZoomTests
{
    private static readonly ChartPanel[] Panels =
        [new("Accuracy", "", ".0%", ".1%") { Name = "acc" }, new("Loss", "", "~g", ".4f", MayBeLog: true) { Name = "loss" }];

    [Fact]
    public void Address_OfAZoom_GivesItAgain()
    {
        ChartZoom zoom = new(new(100, 250.5), ChartZoom.None.Y.Add("loss", new(0.125, 2)).Add("difference", new(-10, 5)));
        string address = zoom.Write(new PageQuery()).Under("compare");
        Assert.Equal("compare?from=100&to=250.5&y=difference%3A-10%3A5,loss%3A0.125%3A2", address);
        Assert.Equal(zoom, ChartZoom.Read(PageQuery.Of(address[7..])));
        Assert.Equal("compare", ChartZoom.None.Write(new PageQuery()).Under("compare"));
    }

    [Theory]
    [InlineData("?from=5&to=5")]
    [InlineData("?from=9&to=1")]
    [InlineData("?from=a&to=b")]
    [InlineData("?from=1")]
    [InlineData("?y=loss")]
    [InlineData("?y=loss:2:1")]
    [InlineData("?y=loss:1:Infinity")]
    [InlineData("?y=loss:NaN:1")]
    [InlineData("?y=:1:2")]
    [InlineData("?y=loss:1:2:3,,::")]
    [InlineData("?y=%00%3Cscript%3E")]
    public void Address_OfNoZoom_ShowsTheWhole(string query) => Assert.True(ChartZoom.Read(PageQuery.Of(query)).IsNone);

    [Fact]
    public void Address_OfOnePanelTwice_TakesTheLast() =>
        Assert.Equal(new ChartRange(3, 4), ChartZoom.Read(PageQuery.Of("?y=loss:1:2,loss:3:4")).Y["loss"]);

    [Fact]
    public void Figure_ZoomOfAPanelThatItHasNot_IsDrawn()
    {
        ChartZoom zoom = ChartZoom.Read(PageQuery.Of("?y=other:1:2,loss:-5:2"));
        Assert.NotNull(new PlotlyFigure(Figure(new() { Zoom = zoom, IsLog = true }), isDark: false));
    }

    [Fact]
    public void ZoomedTo_AFrameDrawnInAPanel_IsTheRangeOfBothItsAxes()
    {
        ChartZoom? zoom = Read(
            new ChartView(), """{"xaxis2.range[0]":-3,"xaxis2.range[1]":8,"yaxis2.range[0]":1,"yaxis2.range[1]":2}""");
        Assert.Equal(new ChartZoom(new(0, 80), ChartZoom.None.Y.Add("loss", new(1, 2))), zoom);
    }

    [Fact]
    public void ZoomedTo_LogarithmicAxis_IsInValues() =>
        Assert.Equal(new ChartRange(0.1, 100), Read(new() { IsLog = true }, """{"yaxis2.range":[-1,2]}""")!.Y["loss"]);

    [Fact]
    public void ZoomedTo_Second_KeepsTheAxesThatStay()
    {
        ChartView view = new() { Zoom = new(new(0, 50), ChartZoom.None.Y.Add("acc", new(0.2, 0.4))) };
        Assert.Equal(view.Zoom with { X = new(10, 20) }, Read(view, """{"xaxis.range[0]":1,"xaxis.range[1]":2}"""));
        Assert.Equal(ChartZoom.None, Read(view, """{"xaxis.autorange":true,"xaxis2.autorange":true,"yaxis.autorange":true}"""));
    }

    [Theory]
    [InlineData("""{"width":300}""")]
    [InlineData("""{"xaxis.range[0]":"a","xaxis.range[1]":null}""")]
    [InlineData("""{"xaxis.range[0]":2,"xaxis.range[1]":2}""")]
    [InlineData("""{"dragmode":"pan"}""")]
    public void ZoomedTo_OtherChanges_IsNothing(string changes) => Assert.Null(Read(new ChartView(), changes));

    private static ChartZoom? Read(ChartView view, string changes) =>
        ZoomedTo.Read(Figure(view), JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(changes)!);

    /// <summary>Two panels, over an axis that is shown in tens.</summary>
    private static ChartFigure Figure(ChartView view) => new(
        Panels,
        [.. Panels.Select((panel, i) => new ChartSeries(panel.Name, panel.Name, i, 0, SeriesStyle.Training, [1, 2], [1, 2], null, 2))],
        view,
        new AxisUnit("tens", 10));
}
