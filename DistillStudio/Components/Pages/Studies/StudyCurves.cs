using DistillStudio.Components.Charts;
using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Metrics;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Statistics;
using DistillStudio.Engine.Studies;

namespace DistillStudio.Components.Pages.Studies;

/// <summary>Curves of a study on validation: for each cell the mean over seeds with its band, and the single runs behind it.</summary>
internal static class StudyCurves
{
    /// <summary>Single runs of a cell that are drawn, those of the first seeds.</summary>
    private const int MostRuns = 20;

    /// <summary>Points of a single run that are drawn.</summary>
    private const int MostPoints = 200;

    private static readonly (PanelPlan Plan, Func<EvaluationCompleted, double?> Read)[] Panels =
    [
        (PanelPlan.Accuracy, evaluation => evaluation.Accuracy),
        (PanelPlan.LabelLoss, evaluation => evaluation.LabelLoss),
        (PanelPlan.RationaleLoss, evaluation => evaluation.RationaleLoss),
    ];

    /// <param name="progress">The study.</param>
    /// <param name="cells">Indices of the cells to draw.</param>
    /// <param name="zoom">The part that is shown; null for all.</param>
    public static ChartFigure Build(StudyProgress progress, IReadOnlyCollection<int> cells, ChartZoom? zoom)
    {
        IReadOnlyList<SeriesLook> looks = LooksOf(progress.Grid);
        (StudyCell Cell, EvaluationCompleted[][] Started, EvaluationCompleted[][] Finished)[] drawn =
        [
            .. from cell in progress.Grid.Cells
               where cells.Contains(cell.Index)
               let runs = progress.Runs.Where(run => run.Plan.Cell == cell).ToList()
               select (cell, runs.Select(Evaluations).Where(points => points.Length > 0).Take(MostRuns).ToArray(),
                   runs.Where(run => run.State == StudyRunState.Finished).Select(Evaluations).Where(points => points.Length > 0).ToArray()),
        ];
        var panels = new List<ChartPanel>();
        var series = new List<ChartSeries>();
        foreach ((PanelPlan plan, Func<EvaluationCompleted, double?> read) in Panels)
        {
            ChartSeries[] inPanel =
            [
                .. drawn.SelectMany(cell => cell.Started.Select(
                    (points, i) => Single(cell.Cell, looks[cell.Cell.Index], i, points, read, panels.Count))),
                .. drawn.Select(
                    cell => Mean(cell.Cell, looks[cell.Cell.Index], cell.Finished, read, plan == PanelPlan.Accuracy, panels.Count)),
            ];
            if (plan == PanelPlan.Accuracy || inPanel.Any(curve => curve.X.Count > 0))
            {
                panels.Add(plan.Panel with { Height = plan == PanelPlan.Accuracy ? 240 : plan.Panel.Height });
                series.AddRange(inPanel.Where(curve => curve.X.Count > 0));
            }
        }

        var view = new ChartView { Zoom = zoom ?? ChartZoom.None, Smoothing = 0 };
        return new ChartFigure(panels, series, view, AxisUnits.Choose(Axis.Step, 0))
        {
            Legend =
            [
                .. progress.Grid.Cells.Select(
                    cell => new LegendEntry($"{cell.Index}", cell.Title, looks[cell.Index]) { HasMarks = true }),
            ],
            Hidden = [.. progress.Grid.Cells.Where(cell => !cells.Contains(cell.Index)).Select(cell => $"{cell.Index}")],
            Caption = $"{progress.Study.Name}, on validation. Line and band: mean over seeds and its 95 % t interval. Faint: single runs.",
        };
    }

    /// <summary>Returns the looks of a study's cells by index: each method has its colour.</summary>
    public static IReadOnlyList<SeriesLook> LooksOf(StudyGrid grid) =>
        SeriesLook.OfMethods([.. grid.Cells.Select(cell => cell.Spec.Method)]);

    private static EvaluationCompleted[] Evaluations(StudyRun run) =>
        [
            .. (run.Facts?.Run.Validated ?? []).Select(point => point.Evaluation).GroupBy(evaluation => evaluation.Step)
                .OrderBy(same => same.Key).Select(same => same.Last())
        ];

    private static ChartSeries Single(
        StudyCell cell, SeriesLook look, int run, EvaluationCompleted[] points, Func<EvaluationCompleted, double?> read, int panel)
    {
        int every = (points.Length + MostPoints - 1) / MostPoints;
        EvaluationCompleted[] shown = [.. points.Where((point, i) => read(point) is not null && (points.Length - 1 - i) % every == 0)];
        return new ChartSeries(
            $"{cell.Index}|{run}|{panel}", $"{cell.Title}, run {run + 1}", panel, look.Color, SeriesStyle.Faint,
            [.. shown.Select(point => (double)point.Step)], [.. shown.Select(point => Finite(read(point)))], null, shown.Length)
        {
            Group = $"{cell.Index}",
            Look = look,
        };
    }

    /// <summary>Returns the mean at the steps at which every finished run was validated: a mean over changing runs would jump.</summary>
    private static ChartSeries Mean(
        StudyCell cell, SeriesLook look, EvaluationCompleted[][] runs, Func<EvaluationCompleted, double?> read, bool isShare, int panel)
    {
        int[] steps = runs.Length == 0
            ? []
            :
            [
                .. runs.SelectMany(points => points)
                    .Where(point => read(point) is not null)
                    .GroupBy(point => point.Step)
                    .Where(same => same.Count() == runs.Length)
                    .Select(same => same.Key)
                    .Order(),
            ];
        IReadOnlyList<BandPoint> band = SeedBand.Of([.. runs.Select(points =>
        {
            var byStep = points.ToDictionary(point => point.Step, point => read(point) ?? double.NaN);
            return steps.Select(step => byStep[step]).ToArray();
        })]);
        return new ChartSeries(
            $"{cell.Index}|mean|{panel}", $"{cell.Title}, mean", panel, look.Color, SeriesStyle.Headline,
            [.. steps.Select(step => (double)step)], [.. band.Select(point => Finite(point.Mean))], null, steps.Length)
        {
            Group = $"{cell.Index}",
            Row = cell.Title,
            Look = look,
            Intervals = runs.Length < 2 ? [] : [.. band.Select(point => isShare ? Share(point.Interval) : point.Interval)],
        };
    }

    private static ConfidenceInterval? Share(ConfidenceInterval? interval) =>
        interval is null ? null : new(Math.Max(0, interval.Low), Math.Min(1, interval.High));

    private static double? Finite(double? value) => value is { } v && double.IsFinite(v) ? v : null;
}
