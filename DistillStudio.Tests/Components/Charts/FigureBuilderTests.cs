using System.Globalization;
using DistillStudio.Components.Charts;
using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Metrics;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.History;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistillStudio.Tests.Components.Charts;

/// <summary>Which panels a figure has, and that its table and its live points agree with them.</summary>
public sealed class FigureBuilderTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly RunHistory _history;

    public FigureBuilderTests() => _history = new RunHistory(_folder.Home.Database, TimeProvider.System, NullLogger<RunHistory>.Instance);

    public void Dispose()
    {
        _history.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Details_ProcessorMeasuredOnTheCpu_ShowItsPanelAndNoGpu()
    {
        BuiltFigure figure = Build(Steps(5, cpu: 1.5), spec: RunScript.Spec());
        Assert.Equal(["Learning rate", "Gradient norm", "Throughput", "Memory", "CPU"], figure.Figure.Panels.Select(p => p.Title));

        FigureTable table = FigureTable.Of(figure.Figure);
        Assert.Equal("CPU", table.Titles[^1]);
        Assert.All(table.Rows, row => Assert.Equal(1.5, row.Values[^1]));
        Assert.EndsWith(",1.5", table.ToCsv().TrimEnd().Split('\n')[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Figure_OfARun_HasEachPanelAsItIsDrawn()
    {
        IReadOnlyList<PanelPlan> plans =
            [PanelPlan.LabelLoss, PanelPlan.RationaleLoss, PanelPlan.TotalLoss, PanelPlan.Accuracy, .. PanelPlan.More];
        RunEvent[] events = [.. Steps(5, cpu: 1.5, gpu: 0.5), .. RunScript.Numbered([RunScript.Valid(5, 0.5)], after: 5)];

        ChartFigure figure = Build(events, RunScript.Spec() with { Device = "cuda:0" }, plans).Figure;

        Assert.Equal(
            [
                "0 Label loss [per token] ~g .4f x1 log 150",
                "1 Rationale loss [per token] ~g .4f x1 log 150",
                "2 Total loss [minimised] ~g .4f x1 log 150",
                "3 Accuracy [on validation] ~% .1% x1 170",
                "4 Learning rate [] ~e .3~e x1 110",
                "5 Gradient norm [before clipping] ~g .3f x1 log 120",
                "6 Throughput [tokens per second] ~s ,.0f x1 120",
                "7 Memory [GB] ~g .2f x1E-09 110",
                "8 CPU [cores busy] ~g .2f x1 110",
                "9 GPU [utilisation] ~% .0% x1 110",
            ],
            figure.Panels.Select(
                (p, i) => string.Create(
                    CultureInfo.InvariantCulture,
                    $"{i} {p.Title} [{p.Unit}] {p.TickFormat} {p.HoverFormat} x{p.Scale}{(p.MayBeLog ? " log" : "")} {p.Height}")));
        Assert.Equal(
            [
                "0 Training Training smoothed", "0 Validation Validation", "1 Training Training smoothed", "1 Validation Validation",
                "2 Training Training smoothed", "2 Validation Validation", "3 Accuracy Headline", "4 Learning rate Training smoothed",
                "5 Gradient norm Training smoothed", "6 Throughput Training smoothed", "7 Memory Training smoothed",
                "8 CPU Training smoothed",
                "9 GPU Training smoothed",
            ],
            figure.Series.Select(s => $"{s.Panel} {s.Name} {s.Style}{(s.Smooth is null ? "" : " smoothed")}"));
    }

    [Fact]
    public void Details_OfAnOlderProgramsRun_LeaveOutWhatItDidNotMeasure() =>
        Assert.DoesNotContain("CPU", Build(Steps(5, cpu: null), RunScript.Spec()).Figure.Panels.Select(p => p.Title));

    [Fact]
    public void Details_RunOnAGpu_HaveItsPanelFromTheStart()
    {
        RunSpec spec = RunScript.Spec() with { Device = "cuda:0" };
        Assert.Contains("GPU", Build([], spec).Figure.Panels.Select(p => p.Title));
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void Figure_OfARunWithoutEvaluations_HasTheirPanelWhileTheyMayCome(bool hasFailed, bool hasPanel)
    {
        RunEvent[] end = hasFailed ? [.. RunScript.Numbered([new Failed(5, "The training diverged.", "", "")], after: 5)] : [];
        BuiltFigure figure = Build([.. Steps(5, cpu: null), .. end], RunScript.Spec(), [PanelPlan.LabelLoss, PanelPlan.Accuracy]);
        Assert.Equal(hasPanel, figure.Figure.Panels.Any(p => p.Title == "Accuracy"));
        Assert.Equal(hasPanel, figure.Figure.Series.Any(s => s.Name == "Validation"));
    }

    [Fact]
    public void Live_NewSteps_GiveTheSamePointsAsHistory()
    {
        BuiltFigure figure = Build(Steps(5, cpu: 1.5), RunScript.Spec());
        RunEvent[] more =
            [RunScript.Step(6, RunScript.Spec()) with { Number = 6, Time = RunScript.Start.AddMinutes(1), CpuCores = 0.75, GpuUse = 0.5 }];

        IReadOnlyList<ChartDelta> deltas = figure.Live["run"].Append(more);

        ChartDelta cpu = deltas.Single(d => d.Key == LiveCurves.Key("run", Metric.CpuCores));
        Assert.Equal([6], cpu.X);
        Assert.Equal([0.75], cpu.Y);
        Assert.Equal([0.5], deltas.Single(d => d.Key == LiveCurves.Key("run", Metric.GpuUse)).Y);
    }

    private static RunEvent[] Steps(int count, double? cpu, double? gpu = null) =>
        [
            .. RunScript.Numbered(
                Enumerable.Range(1, count).Select(i => RunScript.Step(i, RunScript.Spec()) with { CpuCores = cpu, GpuUse = gpu }))
        ];

    private BuiltFigure Build(IReadOnlyList<RunEvent> events, RunSpec spec, IReadOnlyList<PanelPlan>? plans = null)
    {
        _history.Add(RunScript.Summary("run", RunState.Running, spec) with { LastValidAccuracy = null });
        _history.Append("run", events, new Bookmark(1, ""));
        return new FigureBuilder(_history).Build(
            [new FigureRun(_history.Find("run")!, "Run", 0)], plans ?? PanelPlan.More, new ChartView { ShowsMore = true });
    }
}
