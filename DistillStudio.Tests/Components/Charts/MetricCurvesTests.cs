using DistillStudio.Components.Charts;
using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Metrics;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.History;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistillStudio.Tests.Components.Charts;

/// <summary>Every metric of the table, from the events of a run to its curve, its panel and its column.</summary>
public sealed class MetricCurvesTests : IDisposable
{
    private const string Id = "run";

    private static readonly RunSpec Spec = RunScript.Spec() with { Device = "cuda:0" };

    /// <summary>Without a place of their own in the figure.</summary>
    private static readonly Metric[] WithoutPanel = [Metric.ExamplesPerSecond, Metric.StepSeconds];

    private readonly TempFolder _folder = new();
    private readonly RunHistory _history;

    public MetricCurvesTests()
    {
        _history = new RunHistory(_folder.Home.Database, TimeProvider.System, NullLogger<RunHistory>.Instance);
        _history.Add(RunScript.Summary(Id, RunState.Running, Spec));
    }

    public static TheoryData<string> Axes => [.. Axis.All.Select(axis => axis.Name)];

    public void Dispose()
    {
        _history.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Panels_HoldEachMetricOnceAndPairOnlyWhatIsReadAlike()
    {
        Assert.Equal(
            Metric.All.Except(WithoutPanel).Select(metric => metric.Name).Order(),
            PanelPlan.All.SelectMany(plan => plan.Metrics).Select(metric => metric.Name).Order());
        Assert.All(PanelPlan.All, plan => Assert.All(plan.Metrics, metric =>
            Assert.Equal((plan.Panel.Title, plan.Panel.Unit, plan.Panel.Scale), (metric.Title, metric.Unit, metric.Scale))));
    }

    [Theory]
    [MemberData(nameof(Axes))]
    public void Live_EachMetric_ContinuesAsHistoryWouldDrawIt(string axisName)
    {
        ChartView view = new() { Axis = Axis.Find(axisName)!, Smoothing = 0.5 };
        IReadOnlyList<RunEvent> events = Events();
        RunEvent[] before = [.. events.Take(9)], after = [.. events.Skip(9)];
        SeriesRequest request = new(Metric.All, view.Axis, Smoothing: view.Smoothing);
        _history.Append(Id, before, new Bookmark(1, ""));
        IReadOnlyList<Curve> drawn = _history.Series(Id, request).Curves;
        var live = new LiveCurves(_history.Find(Id)!, drawn, view, before[^1].Number);

        var deltas = live.Append(after).ToDictionary(delta => delta.Key);
        _history.Append(Id, after, new Bookmark(2, ""));

        Assert.Equal(Metric.All.Count, deltas.Count);
        Assert.All(_history.Series(Id, request).Curves.Zip(drawn), pair =>
        {
            (Curve whole, Curve begun) = pair;
            ChartDelta delta = deltas[LiveCurves.Key(Id, whole.Metric)];
            Assert.NotEmpty(delta.Y);
            Assert.Equal(whole.X, [.. begun.X, .. delta.X]);
            Assert.Equal(whole.Y, [.. begun.Y, .. delta.Y]);
            if (whole.Metric.IsSmoothed)
            {
                Assert.Equal(whole.Smooth, [.. begun.Smooth!, .. delta.Smooth!]);
            }
            else
            {
                Assert.Null(whole.Smooth);
                Assert.Null(delta.Smooth);
            }
        });
    }

    [Fact]
    public void Figure_OfAWholeRun_DrawsAndTabulatesEachMetricInItsUnit()
    {
        _history.Append(Id, Events(), new Bookmark(1, ""));
        FigureRun run = new(_history.Find(Id)!, "Run", 0);
        ChartFigure figure = new FigureBuilder(_history).Build([run], PanelPlan.All, new ChartView()).Figure;
        var table = FigureTable.Of(figure);

        IReadOnlyList<Metric> drawn = [.. PanelPlan.All.SelectMany(plan => plan.Metrics)];
        Assert.Equal(drawn.Select(metric => LiveCurves.Key(Id, metric)), figure.Series.Select(series => series.Key));
        Assert.Equal(drawn.Count + 1, table.Titles.Count);
        for (int i = 0; i < drawn.Count; i++)
        {
            ChartSeries series = figure.Series[i];
            Assert.Equal(drawn[i].IsSmoothed, series.Smooth is not null);
            Assert.Equal(drawn[i] is EvaluationMetric, series.Style != SeriesStyle.Training);
            Assert.Equal(
                series.Y.Select(y => y * drawn[i].Scale),
                table.Rows.Where(row => series.X.Contains(row.X)).Select(row => row.Values[i]));
        }
    }

    /// <summary>Steps of changing figures, with an evaluation after each fourth.</summary>
    private static IReadOnlyList<RunEvent> Events() => RunScript.Numbered(
    [
        .. Enumerable.Range(1, 14).SelectMany(i => new RunEvent?[]
        {
            RunScript.Step(i, Spec) with
            {
                Loss = i == 11 ? double.NaN : i,
                Seconds = 0.1 + (0.01 * i),
                CpuCores = i / 8.0,
                GpuUse = i / 16.0,
            },
            i % 4 == 0 ? RunScript.Valid(i, i / 16.0) : null,
        }).OfType<RunEvent>(),
        RunScript.Valid(14, 1) with { Split = "test" },
    ]);
}
