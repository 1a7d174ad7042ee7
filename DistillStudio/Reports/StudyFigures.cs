using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Metrics;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Studies;
using DistillStudio.Reports.Charts;
using DistillStudio.Reports.Writing;

namespace DistillStudio.Reports;

/// <summary>A study's figures: accuracy against each numeric setting that varies, and its cells over their steps.</summary>
internal static class StudyFigures
{
    /// <summary>Cells up to which one figure is readable; more are drawn by baseline.</summary>
    private const int MostLines = 6;

    public static IEnumerable<ReportBlock> Of(StudyProgress progress, StudyResult result)
    {
        if (result.Finished == 0)
        {
            return [new Paragraph("No run has finished yet.")];
        }

        Figure[] curves =
        [
            .. from panel in RunCurves.Panels
               from cells in Portions(result)
               let figure = OverSteps(progress, panel, cells)
               where figure is not null
               select figure,
        ];
        return
        [
            .. result.Series.Select(series => Against(progress, series)),
            .. curves.Select((figure, i) => figure with { Name = $"{figure.Name}-{i + 1}" }),
        ];
    }

    /// <summary>Accuracy against a setting: a line for each combination of the other values.</summary>
    private static Figure Against(StudyProgress progress, StudySeries series)
    {
        double[] places = [.. series.Lines.SelectMany(line => line.Points).Select(point => point.X).OfType<double>().Distinct().Order()];
        int[] colors = ColorsOf(series.Lines.Select(line => progress.Grid.Cells[line.Points[0].Cell]));
        ChartLine[] lines =
        [
            .. series.Lines.Select(
                (line, i) => new ChartLine(line.Title, colors[i], Points(line, places), LineRole.Whiskers) { Dash = i }),
        ];
        IReadOnlyList<PublishedLine> published = PublishedLine.Of(progress, series);
        ChartLine[] marks =
        [
            .. published.Select(of => new ChartLine(
                of.Title, colors[of.Line], [.. of.Points.Select(point => new ChartPoint(point.Fraction, point.Accuracy))],
                LineRole.Published)),
        ];
        string[] sources = [.. published.Select(of => of.Source).Distinct()];
        bool isShare = series.Setting == SettingsTable.Subsample.JsonName;
        return new(
            $"accuracy-against-{series.Setting.Replace('_', '-')}",
            new("Test accuracy", "mean over seeds, 95 % interval", series.Title, [.. lines, .. marks])
            {
                X = isShare ? AxisFormat.Percent : AxisFormat.Number,
                Y = AxisFormat.Percent,
            },
            $"Test accuracy against {series.Against}. Bars: 95 % t interval over seeds. "
                + "A level line is of runs that the setting does not change."
                + (sources.Length > 0 ? $" Hollow squares were measured by others: {string.Join("; ", sources)}." : ""));
    }

    /// <summary>Returns a line's points; where the setting has no effect, the same at every place.</summary>
    private static IReadOnlyList<ChartPoint> Points(SeriesLine line, double[] places) =>
    [
        .. line.Points.SelectMany(point => (point.X is { } x ? [x] : places)
            .Select(place => new ChartPoint(place, point.Accuracy?.Mean, point.Accuracy?.Interval?.Low, point.Accuracy?.Interval?.High))),
    ];

    /// <summary>Divides the cells for the figures: all together, or each baseline with those compared with it.</summary>
    private static IEnumerable<CellResult[]> Portions(StudyResult result) => result.Cells.Count <= MostLines
        ? [[.. result.Cells]]
        : result.Cells
            .GroupBy(cell => cell.Baseline ?? cell.Index)
            .SelectMany(group => group.OrderBy(cell => cell.Baseline is not null).Chunk(MostLines));

    private static Figure? OverSteps(StudyProgress progress, PanelPlan panel, CellResult[] cells)
    {
        EvaluationMetric metric = panel.Validation!;
        bool isShare = panel == PanelPlan.Accuracy;
        int[] colors = ColorsOf(cells.Select(cell => progress.Grid.Cells[cell.Index]));
        (string Title, int Slot, int Dash, StepCurve[] Seeds)[] drawn =
        [
            .. cells.Select((cell, i) => (cell.Title, colors[i], i, Seeds: Curves(progress, cell, metric)))
                .Where(cell => cell.Seeds.Length > 0),
        ];
        if (drawn.Length == 0)
        {
            return null;
        }

        ChartLine[] lines =
        [
            .. drawn.Where(cell => cell.Seeds.Length > 1)
                .SelectMany(cell => cell.Seeds.Select(seed => new ChartLine(null, cell.Slot, seed.Points(), LineRole.Faint))),
            .. drawn.Select(
                cell => new ChartLine(cell.Title, cell.Slot, Points(cell.Seeds, isShare), LineRole.Marked) { Dash = cell.Dash }),
        ];
        IEnumerable<string> means = drawn.Select(cell => $"{cell.Title} over {Format.Plural(cell.Seeds.Length, "seed")}");
        return new(
            panel.Panel.Title.ToLowerInvariant().Replace(' ', '-'),
            new(panel.Panel.Title, isShare ? panel.Panel.Unit : $"{panel.Panel.Unit}, on validation", Axis.Step.Unit, lines)
            {
                X = AxisFormat.Count,
                Y = isShare ? AxisFormat.Percent : AxisFormat.Number,
            },
            $"{panel.Panel.Title} on the validation rows. {CurveFigures.MeanText(means)}");
    }

    /// <summary>Returns the slots of the cells' colours: each method has its own, as on the study's page.</summary>
    private static int[] ColorsOf(IEnumerable<StudyCell> cells) =>
        [.. SeriesLook.OfMethods([.. cells.Select(cell => cell.Spec.Method)]).Select(look => look.Color)];

    private static IReadOnlyList<ChartPoint> Points(StepCurve[] seeds, bool isShare) =>
        seeds.Length > 1 ? StepCurve.Mean(seeds, isShare) : seeds[0].Points();

    /// <summary>Returns the curves of the cell's finished runs that have such values.</summary>
    private static StepCurve[] Curves(StudyProgress progress, CellResult cell, EvaluationMetric metric) =>
    [
        .. from run in progress.Runs
           where run.Plan.Cell.Index == cell.Index && run.State == StudyRunState.Finished
           let points = run.Facts!.Run.Validated.Where(point => metric.Column.Read(point.Evaluation) is not null).ToList()
           where points.Count > 0
           select new StepCurve(
               [.. points.Select(point => (double)point.Evaluation.Step)],
               [.. points.Select(point => metric.Column.Read(point.Evaluation)!.Value)]),
    ];
}
