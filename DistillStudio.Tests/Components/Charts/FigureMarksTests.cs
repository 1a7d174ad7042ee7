using DistillStudio.Components.Charts;
using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Metrics;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.History;
using Microsoft.Extensions.Logging.Abstractions;
using Plotly.Blazor.Traces;

namespace DistillStudio.Tests.Components.Charts;

/// <summary>What stands out in a figure of runs: the best value, the exported weights, and the runs in its legend.</summary>
public sealed class FigureMarksTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly RunHistory _history;

    public FigureMarksTests() => _history = new RunHistory(_folder.Home.Database, TimeProvider.System, NullLogger<RunHistory>.Instance);

    public static TheoryData<string> Axes => [.. Axis.All.Select(axis => axis.Name)];

    public void Dispose()
    {
        _history.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Axes))]
    public void Figure_OfAFinishedRun_MarksBestAccuracyAndExportedWeights(string axis)
    {
        Add("one", KeepModel.Last);
        ChartFigure figure = Build(new ChartView { Axis = Axis.Find(axis)! }, "one");

        ChartSeries accuracy = figure.Series.Single(series => series.Key == LiveCurves.Key("one", Metric.ValidAccuracy));
        PointMark best = Assert.Single(figure.PointMarks, mark => mark.Kind == PointKind.Best);
        Assert.Equal((accuracy.Panel, accuracy.X[1], 0.9), (best.Panel, best.X, best.Y));
        PointMark[] exported = [.. figure.PointMarks.Where(mark => mark.Kind == PointKind.Exported)];
        Assert.Equal([0, 1], exported.Select(mark => mark.Panel));
        Assert.All(exported, mark => Assert.Equal(accuracy.X[^1], mark.X));
    }

    [Fact]
    public void Figure_ZoomedPastTheBest_DoesNotMarkIt()
    {
        Add("one", KeepModel.Best);
        Assert.Empty(Build(new ChartView { Zoom = ChartZoom.None with { X = new(11, 12) } }, "one").PointMarks);
    }

    [Fact]
    public void Figure_OfARunHidden_KeepsItsCurvesButDrawsNone()
    {
        Add("one", KeepModel.Best);
        Add("two", KeepModel.Best);
        ChartFigure figure = Build(new ChartView(), "one", "two");
        Assert.Equal(["one", "two"], figure.Legend.Select(entry => entry.Key));

        ChartFigure hidden = figure with { Hidden = ["two"] };
        var plot = new PlotlyFigure(hidden, isDark: false);

        Assert.Equal(new PlotlyFigure(figure, isDark: false).Data.Count, plot.Data.Count);
        Assert.Contains(false, plot.Visibility);
        Assert.Equal(
            plot.Visibility, plot.Data.Cast<Scatter>().Select(trace => trace.Visible == Plotly.Blazor.Traces.ScatterLib.VisibleEnum.True));
        Assert.All(hidden.Visible, series => Assert.Equal("one", series.Group));
        Assert.DoesNotContain(FigureTable.Of(hidden).Titles, title => title.Contains("two", StringComparison.Ordinal));
    }

    private ChartFigure Build(ChartView view, params string[] ids) => new FigureBuilder(_history).Build(
        [.. ids.Select((id, i) => new FigureRun(_history.Find(id)!, id, i))], [PanelPlan.Accuracy, PanelPlan.TotalLoss], view).Figure;

    /// <summary>A run whose accuracy is best at the second of three evaluations.</summary>
    private void Add(string id, KeepModel exported)
    {
        RunSpec spec = RunScript.Spec();
        _history.Add(RunScript.Summary(id, RunState.Running, spec));
        IReadOnlyList<RunEvent> events = RunScript.Numbered(
        [
            RunScript.Started(spec),
            .. Enumerable.Range(1, 12).SelectMany(i => new RunEvent?[]
            {
                RunScript.Step(i, spec),
                i % 4 == 0 ? RunScript.Valid(i, i == 8 ? 0.9 : 0.5) with { Loss = 1.0 / i } : null,
            }).OfType<RunEvent>(),
            RunScript.Finished(12) with { Exported = exported, BestValidStep = 8 },
        ]);
        _history.Append(id, events, new Bookmark(1, ""));
    }
}
