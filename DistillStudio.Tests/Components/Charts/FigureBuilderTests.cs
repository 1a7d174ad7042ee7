using DistillStudio.Components.Charts;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;
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
    public void Details_OfAnOlderProgramsRun_LeaveOutWhatItDidNotMeasure() =>
        Assert.DoesNotContain("CPU", Build(Steps(5, cpu: null), RunScript.Spec()).Figure.Panels.Select(p => p.Title));

    [Fact]
    public void Details_RunOnAGpu_HaveItsPanelFromTheStart()
    {
        RunSpec spec = RunScript.Spec() with { Device = "cuda:0" };
        Assert.Contains("GPU", Build([], spec).Figure.Panels.Select(p => p.Title));
    }

    [Fact]
    public void Live_NewSteps_GiveTheSamePointsAsHistory()
    {
        BuiltFigure figure = Build(Steps(5, cpu: 1.5), RunScript.Spec());
        RunEvent[] more = [RunScript.Step(6, RunScript.Spec()) with { Number = 6, Time = RunScript.Start.AddMinutes(1), CpuCores = 0.75, GpuUse = 0.5 }];

        IReadOnlyList<ChartDelta> deltas = figure.Live["run"].Append(more);

        ChartDelta cpu = deltas.Single(d => d.Key == LiveCurves.Key("run", Metric.CpuCores));
        Assert.Equal([6], cpu.X);
        Assert.Equal([0.75], cpu.Y);
        Assert.Equal([0.5], deltas.Single(d => d.Key == LiveCurves.Key("run", Metric.GpuUse)).Y);
    }

    private static RunEvent[] Steps(int count, double? cpu) =>
        [.. RunScript.Numbered(Enumerable.Range(1, count).Select(i => RunScript.Step(i, RunScript.Spec()) with { CpuCores = cpu }))];

    private BuiltFigure Build(IReadOnlyList<RunEvent> events, RunSpec spec)
    {
        _history.Add(RunScript.Summary("run", RunState.Running, spec));
        _history.Append("run", events, new Bookmark(1, ""));
        return new FigureBuilder(_history).Build([new FigureRun(_history.Find("run")!, "Run", 0)], PanelPlan.More, new ChartView { ShowsMore = true });
    }
}
