using AngleSharp.Dom;
using Bunit;
using DistillStudio.Components.Charts;
using DistillStudio.Components.Presentation;
using Microsoft.AspNetCore.Components.Web;

namespace DistillStudio.Tests.Components.Charts;

public sealed class ChartLegendTests : StudioContext
{
    private static readonly string[] Keys = ["a", "b", "c"];
    private IReadOnlyCollection<string> _hidden = [];

    [Fact]
    public void Click_OnANameInTheLegend_HidesItsCurvesAndShowsThemAgain()
    {
        IRenderedComponent<ChartLegend> legend = Draw();
        Press(legend, "b", clicks: 1);
        Assert.Equal(["b"], _hidden);
        Assert.Equal("false", Button(legend, "b").GetAttribute("aria-pressed"));
        Press(legend, "b", clicks: 1);
        Assert.Empty(_hidden);
    }

    [Fact]
    public void DoubleClick_OnAName_ShowsOnlyItAndTheNextOneAll()
    {
        IRenderedComponent<ChartLegend> legend = Draw();
        DoubleClick(legend, "b");
        Assert.Equal(["a", "c"], _hidden);
        DoubleClick(legend, "a");
        Assert.Equal(["b", "c"], _hidden);
        DoubleClick(legend, "a");
        Assert.Empty(_hidden);
    }

    [Fact]
    public void EnterWithShift_OnAName_ShowsOnlyIt()
    {
        IRenderedComponent<ChartLegend> legend = Draw();
        Press(legend, "c", clicks: 0, shift: true);
        Assert.Equal(["a", "b"], _hidden);
        Press(legend, "c", clicks: 0, shift: true);
        Assert.Empty(_hidden);
    }

    private static void DoubleClick(IRenderedComponent<ChartLegend> legend, string key)
    {
        Press(legend, key, clicks: 1);
        Press(legend, key, clicks: 2);
    }

    private static void Press(IRenderedComponent<ChartLegend> legend, string key, long clicks, bool shift = false) =>
        Button(legend, key).Click(new MouseEventArgs { Detail = clicks, ShiftKey = shift });

    private static IElement Button(IRenderedComponent<ChartLegend> legend, string key) =>
        legend.Find($"[data-group={key}] .legend-name");

    private IRenderedComponent<ChartLegend> Draw()
    {
        IRenderedComponent<ChartLegend>? legend = null;
        legend = Render<ChartLegend>(parameters => parameters
            .Add(c => c.Figure, Figure())
            .Add(c => c.HiddenChanged, hidden =>
            {
                _hidden = hidden;
                legend!.Render(again => again.Add(c => c.Figure, Figure()));
            }));
        return legend;
    }

    private ChartFigure Figure() => new([], [], new ChartView(), new AxisUnit("step"))
    {
        Legend = [.. Keys.Select((key, i) => new LegendEntry(key, $"run {key}", SeriesLook.Of(i)))],
        Hidden = _hidden,
    };
}
