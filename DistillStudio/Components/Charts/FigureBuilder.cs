using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Metrics;
using DistillStudio.History;

namespace DistillStudio.Components.Charts;

/// <summary>A run in a figure, with the name and colour of its curves.</summary>
public sealed record FigureRun(RunSummary Run, string Name, int Color);

/// <summary>A figure with the state needed to update it live.</summary>
/// <param name="Live">Live curves by run id.</param>
/// <param name="LastNumbers">Number of the last drawn event by run id.</param>
public sealed record BuiltFigure(
    ChartFigure Figure, IReadOnlyDictionary<string, LiveCurves> Live, IReadOnlyDictionary<string, long> LastNumbers);

/// <summary>Reads curves from the history and lays them out as a figure.</summary>
public sealed class FigureBuilder(IRunHistory history)
{
    /// <summary>Maximum number of points per curve: more than the pixel columns of most screens, yet fast to send.</summary>
    public const int MaxPoints = 1000;

    /// <summary>Number of runs read at a time: the other cores draw the page.</summary>
    private static readonly int Readers = Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>Maximum length of a name that fits beside a panel's title.</summary>
    private const int LongestUnit = 24;

    /// <param name="runs">The runs to draw; at least one.</param>
    /// <param name="plans">The panels, top to bottom; panels without curves are omitted.</param>
    /// <param name="view">Axis, scale, smoothing and range of the figure.</param>
    /// <param name="baseline">If given, the validation accuracy of each other run is also drawn as a difference from this run.</param>
    /// <param name="hidden">Keys of the groups that are not drawn: runs' ids, or of a single run <see cref="FigureLegend.Training"/> and
    /// <see cref="FigureLegend.Validation"/>.</param>
    public BuiltFigure Build(
        IReadOnlyList<FigureRun> runs,
        IReadOnlyList<PanelPlan> plans,
        ChartView view,
        FigureRun? baseline = null,
        IReadOnlyCollection<string>? hidden = null)
    {
        Metric[] metrics = [.. plans.SelectMany(p => p.Metrics).Distinct()];
        int maxPoints = Math.Max(200, MaxPoints / Math.Max(1, runs.Count / 2));
        var request = new SeriesRequest(metrics, view.Axis, view.Zoom.X?.From, view.Zoom.X?.To, maxPoints, view.Smoothing);
        var read = runs.AsParallel().WithDegreeOfParallelism(Readers)
            .Select(r => (r.Run.Id, Curves: history.Series(r.Run.Id, request))).ToDictionary(r => r.Id, r => r.Curves);

        var panels = new List<ChartPanel>();
        var series = new List<ChartSeries>();
        foreach (PanelPlan plan in plans)
        {
            List<ChartSeries> inPanel = [.. runs.SelectMany(r => Curves(r, plan, read[r.Run.Id], panels.Count, runs.Count > 1))];
            if (inPanel.Count == 0)
            {
                continue; // no run has such a curve, now or later
            }

            panels.Add(plan.Panel);
            series.AddRange(inPanel);
            if (baseline is not null && plan == PanelPlan.Accuracy)
            {
                AddDifferences(runs, baseline, panels, series);
            }
        }

        double end = read.Values.SelectMany(r => r.Curves).Select(c => c.X.Count > 0 ? c.X[^1] : 0).DefaultIfEmpty(0).Max();
        var figure = new ChartFigure(panels, series, view, AxisUnits.Choose(view.Axis, end))
        {
            Marks =
            [
                .. runs.Count == 1
                    ? runs[0].Run.Resumes.Select(mark => MarkOf(mark, runs[0].Run, view.Axis, "resumed"))
                    : [],
                .. runs.Where(run => run.Run.BranchMark is not null)
                    .Select(run => MarkOf(run.Run.BranchMark!, run.Run, view.Axis, "branch point")).Distinct(),
            ],
            PointMarks = FigureMarks.Of(runs, series, view.Axis),
            Legend = FigureLegend.Of(runs, series),
            Hidden = hidden ?? [],
            Caption = FigureCaption.Of(runs, view, baseline),
        };
        return new(
            figure,
            runs.ToDictionary(r => r.Run.Id, r => new LiveCurves(r.Run, read[r.Run.Id].Curves, view, read[r.Run.Id].LastNumber)),
            read.ToDictionary(r => r.Key, r => r.Value.LastNumber));
    }

    private static ChartMark MarkOf(ResumeMark mark, RunSummary run, Axis axis, string text) =>
        new(FigureMarks.PlaceOf(mark.Step, mark.Elapsed, run, axis), text);

    private static IEnumerable<ChartSeries> Curves(FigureRun run, PanelPlan plan, SeriesResult read, int panel, bool isShared)
    {
        foreach (Metric metric in plan.Metrics)
        {
            if (read.Curves.FirstOrDefault(c => c.Metric == metric) is not { } curve || (curve.Total == 0 && !MayCome(run.Run, metric)))
            {
                continue;
            }

            bool isValidation = metric is EvaluationMetric;
            string kind = isValidation ? "validation" : "training";
            bool isOnly = plan.Training is null || plan.Validation is null;
            string name = (isShared, isOnly) switch
            {
                (true, true) => run.Name,
                (true, false) => $"{run.Name} · {kind}",
                (false, true) => plan.Panel.Title,
                (false, false) => isValidation ? "Validation" : "Training",
            };
            SeriesStyle style = !isValidation ? SeriesStyle.Training : isOnly ? SeriesStyle.Headline : SeriesStyle.Validation;
            string key = LiveCurves.Key(run.Run.Id, metric);
            yield return new(key, name, panel, run.Color, style, curve.X, curve.Y, curve.Smooth, curve.Total)
            {
                Group = isShared ? run.Run.Id : isValidation ? FigureLegend.Validation : FigureLegend.Training,
                Row = run.Name,
                Look = isShared ? SeriesLook.Of(run.Color) : FigureLegend.LookOf(run, isValidation && !isOnly),
                Steps = curve.Steps,
                StepsPerEpoch = run.Run.Environment?.StepsPerEpoch is > 0 and { } steps ? steps : null,
            };
        }
    }

    /// <summary>Returns whether an empty curve may get points later and must be included in the figure.</summary>
    private static bool MayCome(RunSummary run, Metric metric) =>
        !run.Spec.IsCurvesOnly && metric.Applies(run.Spec, run.Environment?.Device ?? run.Spec.Device)
            && !(metric.MayBeUnmeasured && run.Rows > 0)
            && !(metric is EvaluationMetric && run.State.HasEnded() && run.LastValidAccuracy is null);

    private static void AddDifferences(IReadOnlyList<FigureRun> runs, FigureRun baseline, List<ChartPanel> panels, List<ChartSeries> series)
    {
        ChartSeries? Accuracy(FigureRun run) => series.Find(s => s.Key == LiveCurves.Key(run.Run.Id, Metric.ValidAccuracy));

        panels.Add(
            new(
                "Difference in accuracy", $"points over {(baseline.Name.Length > LongestUnit ? "baseline" : baseline.Name)}", "+~g", "+.1f",
                Scale: 100, HasZeroLine: true, Height: 130)
            { Name = "difference", WhenEmpty = (-10, 10) });
        foreach (FigureRun run in runs.Where(r => r.Run.Id != baseline.Run.Id))
        {
            if (Accuracy(run) is { } other && Accuracy(baseline) is { } first)
            {
                (IReadOnlyList<double> x, IReadOnlyList<double?> y) = Difference.Between(first.X, first.Y, other.X, other.Y);
                series.Add(
                    new(
                        $"{run.Run.Id}|difference", $"{run.Name} − {baseline.Name}", panels.Count - 1, run.Color, SeriesStyle.Headline, x,
                        y, null, x.Count)
                    {
                        Group = run.Run.Id,
                        Row = run.Name,
                        Look = SeriesLook.Of(run.Color),
                        StepsPerEpoch = other.StepsPerEpoch,
                    });
            }
        }
    }
}
