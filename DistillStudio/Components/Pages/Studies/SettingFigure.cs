using DistillStudio.Components.Charts;
using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Studies;

namespace DistillStudio.Components.Pages.Studies;

/// <summary>Test accuracy against a setting, with what others have published.</summary>
/// <param name="Sources">Whose figures the hollow marks are; empty if there are none.</param>
internal sealed record SettingFigure(ChartFigure Figure, IReadOnlyList<string> Sources)
{
    /// <summary>Returns null before the first run has finished.</summary>
    public static SettingFigure? Of(StudyProgress progress, StudySeries against)
    {
        bool isFraction = against.Setting == SettingsTable.Subsample.JsonName;
        double scale = isFraction ? 100 : 1;
        double[] xs = [.. against.Lines.SelectMany(line => line.Points).Select(point => point.X).OfType<double>().Distinct().Order()];
        IReadOnlyList<SeriesLook> looks =
            SeriesLook.OfMethods([.. against.Lines.Select(line => progress.Grid.Cells[line.Points[0].Cell].Spec.Method)]);
        ChartSeries[] lines = [.. against.Lines.Select((line, i) => Line(line, i, looks[i], xs, scale)).Where(line => line.X.Count > 0)];
        if (lines.Length == 0)
        {
            return null;
        }

        IReadOnlyList<PublishedLine> published = PublishedLine.Of(progress, against);
        var panel = new ChartPanel("Accuracy", "on test, of the exported weights", "~%", ".1%", Height: 260);
        bool isWhole = SettingsTable.All.Any(setting => setting.JsonName == against.Setting && setting.Kind == SettingKind.WholeNumber);
        var unit = new AxisUnit(isFraction ? "training rows kept (%)" : against.Title.ToLowerInvariant(), IsWhole: isWhole);
        var figure = new ChartFigure(
            [panel], [.. lines, .. published.Select(marks => Marks(marks, looks[marks.Line], scale))], new ChartView { Smoothing = 0 },
            unit)
        {
            XHoverFormat = "~g",
            Legend = [.. against.Lines.Select((line, i) => new LegendEntry($"{i}", line.Title, looks[i]) { HasMarks = true })],
            Caption = $"{progress.Study.Name}: accuracy on test against {against.Against}, "
                + "mean over seeds with its 95 % t interval.",
        };
        return new(figure, [.. published.Select(marks => marks.Source).Distinct()]);
    }

    private static ChartSeries Line(SeriesLine line, int index, SeriesLook look, double[] xs, double scale)
    {
        (double X, SeedMean Accuracy)[] points =
        [
            .. from point in line.Points
               where point.Accuracy is not null
               from x in point.X is { } own ? [own] : xs // a setting without effect: the line is level
               select (x * scale, point.Accuracy!),
        ];
        return new ChartSeries(
            $"line|{index}", line.Title, 0, look.Color, SeriesStyle.Headline, [.. points.Select(point => point.X)],
            [.. points.Select(point => (double?)point.Accuracy.Mean)], null, points.Length)
        {
            Group = $"{index}",
            Look = look,
            Intervals =
                points.Any(point => point.Accuracy.Interval is not null) ? [.. points.Select(point => point.Accuracy.Interval)] : [],
            IntervalStyle = IntervalStyle.Bars,
        };
    }

    private static ChartSeries Marks(PublishedLine marks, SeriesLook look, double scale) => new(
        $"published|{marks.Line}|{marks.Source}", marks.Title, 0, look.Color, SeriesStyle.Published,
        [.. marks.Points.Select(point => point.Fraction * scale)], [.. marks.Points.Select(point => (double?)point.Accuracy)], null,
        marks.Points.Count)
    {
        Group = $"{marks.Line}",
        Look = look,
    };
}
