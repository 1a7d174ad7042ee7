using System.Globalization;
using System.Text;
using DistillStudio.Components.Presentation;
using DistillStudio.Reports.Writing;

namespace DistillStudio.Reports.Charts;

/// <summary>
/// Draws a chart as SVG: on white, with colours and dashes that differ for any colour vision and in black and white. The same chart gives
/// the same text.
/// </summary>
internal sealed class SvgChart
{
    private const int Width = 720;
    private const int Left = 62;
    private const int Right = 34;
    private const int Top = 50;
    private const int PlotHeight = 250;
    private const int BelowPlot = 48;
    private const int LegendRow = 20;
    private const int Sample = 30;
    /// <summary>Maximum number of points of a line for which each has a circle.</summary>
    private const int MostCircles = 40;

    private const double Dodge = 7;
    private const double MostDodge = 28;
    private const int TicksAcross = 7;
    private const int TicksUp = 5;
    private const string Ink = "#1a1d21";
    private const string SoftInk = "#4a5058";
    private const string Grid = "#d9dde2";

    private static readonly string[] Dashes = ["", "8 4", "2 3", "10 3 2 3", "14 4", "5 3", "10 3 2 3 2 3", "1 4"];

    private readonly LineChart _chart;
    private readonly AxisScale _x;
    private readonly AxisScale _y;
    private readonly StringBuilder _svg = new();

    private SvgChart(LineChart chart)
    {
        _chart = chart;
        _x = AxisScale.Of(
            [.. chart.Lines.SelectMany(line => line.Points).Where(point => point.IsDrawn).Select(point => point.X)],
            chart.X,
            TicksAcross);
        _y = AxisScale.Of(ChartHeights.Of(chart.Lines), chart.Y, TicksUp);
    }

    /// <summary>Returns an <c>svg</c> element.</summary>
    /// <param name="chart">The chart; one without a point has empty axes and says so.</param>
    /// <param name="isFile">True for a standalone file, false for an element of an HTML page.</param>
    public static string Draw(LineChart chart, bool isFile) => new SvgChart(chart).Draw(isFile);

    private string Draw(bool isFile)
    {
        IReadOnlyList<LegendEntry> legend = Legend.Of(_chart.Lines, Width - Left - Right - Sample);
        int height = Top + PlotHeight + BelowPlot + (legend.Count == 0 ? 0 : (legend[^1].Row + 1) * LegendRow);
        string name = Markup.Escape(_chart.Title);
        _svg.Append(
            CultureInfo.InvariantCulture,
            $"<svg {(isFile ? "xmlns=\"http://www.w3.org/2000/svg\" " : "")}viewBox=\"0 0 {Width} {height}\"")
            .Append(CultureInfo.InvariantCulture, $" width=\"{Width}\" height=\"{height}\" role=\"img\" aria-label=\"{name}\"")
            .Append(" font-family=\"system-ui, 'Segoe UI', 'Liberation Sans', Arial, sans-serif\" font-size=\"12\">\n")
            .Append(CultureInfo.InvariantCulture, $"<title>{name}</title>\n<rect width=\"{Width}\" height=\"{height}\" fill=\"#fff\"/>\n");
        Text(Left, 20, _chart.Title, Ink, "font-size=\"14\" font-weight=\"600\"");
        Text(Left, 37, UnitText(), SoftInk);
        DrawAxes();
        foreach (ChartLine line in _chart.Lines.OrderByDescending(line => line.Role == LineRole.Faint))
        {
            DrawBand(line);
        }

        foreach (ChartLine line in _chart.Lines.OrderByDescending(line => line.Role == LineRole.Faint))
        {
            DrawLine(line);
        }

        if (!_chart.Lines.Any(line => line.Points.Any(point => point.IsDrawn)))
        {
            Text(Left + 12, Top + 24, "No values were recorded.", SoftInk);
        }

        foreach (LegendEntry entry in legend)
        {
            Draw(entry);
        }

        return _svg.Append("</svg>\n").ToString();
    }

    private string UnitText() => (_chart.Unit, _y.IsLog) switch
    {
        ("", false) => "",
        ("", true) => "logarithmic",
        (_, true) => $"{_chart.Unit}, logarithmic",
        _ => _chart.Unit,
    };

    private void DrawAxes()
    {
        foreach (double tick in _y.Ticks)
        {
            string y = Number(Y(tick));
            _svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{Left} {y}H{Width - Right}\" stroke=\"{Grid}\"/>\n");
            Text(Left - 8, Y(tick) + 4, _y.Text(tick), SoftInk, "text-anchor=\"end\"");
        }

        _svg.Append(
            CultureInfo.InvariantCulture,
            $"<path d=\"M{Left} {Top}V{Top + PlotHeight}H{Width - Right}\" fill=\"none\" stroke=\"{SoftInk}\"/>\n");
        foreach (double tick in _x.Ticks)
        {
            string x = Number(X(tick));
            _svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{x} {Top + PlotHeight}v5\" stroke=\"{SoftInk}\"/>\n");
            Text(X(tick), Top + PlotHeight + 18, _x.Text(tick), SoftInk, "text-anchor=\"middle\"");
        }

        string title = _x.IsLog ? $"{_chart.XTitle}, logarithmic" : _chart.XTitle;
        Text(Left + ((Width - Left - Right) / 2.0), Top + PlotHeight + 36, title, SoftInk, "text-anchor=\"middle\"");
    }

    private void DrawBand(ChartLine line)
    {
        if (line.Role is LineRole.Whiskers or LineRole.Faint or LineRole.Published)
        {
            return;
        }

        foreach (ChartPoint[] stretch in Stretches(line.Points, point => point.HasInterval).Where(points => points.Length > 1))
        {
            var path = new StringBuilder("M");
            path.AppendJoin('L', stretch.Select(point => $"{Number(X(point.X))} {Number(Y(point.High!.Value))}"));
            path.Append('L').AppendJoin('L', stretch.Reverse().Select(point => $"{Number(X(point.X))} {Number(Y(point.Low!.Value))}"));
            _svg.Append(CultureInfo.InvariantCulture, $"<path d=\"{path}Z\" fill=\"{Color(line)}\" fill-opacity=\"0.16\"/>\n");
        }
    }

    private void DrawLine(ChartLine line)
    {
        if (line.Role == LineRole.Published)
        {
            foreach (ChartPoint point in line.Points.Where(point => point.IsDrawn))
            {
                Square(X(point.X), Y(point.Y!.Value), line);
            }

            return;
        }

        string stroke = Stroke(line);
        int every = (line.Points.Count + MostCircles - 1) / MostCircles;
        foreach (ChartPoint[] stretch in Stretches(line.Points, point => point.IsDrawn))
        {
            if (stretch.Length > 1)
            {
                string path = string.Join('L', stretch.Select(point => $"{Number(X(line, point))} {Number(Y(point.Y!.Value))}"));
                _svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{path}\" fill=\"none\" {stroke}/>\n");
            }

            bool isMarked = line.Role is LineRole.Marked or LineRole.Whiskers;
            IEnumerable<ChartPoint> marked = stretch.Where((_, i) => i % every == 0 || i == stretch.Length - 1);
            foreach (ChartPoint point in isMarked || stretch.Length == 1 ? marked : [])
            {
                Whisker(line, point);
                Circle(X(line, point), Y(point.Y!.Value), line);
            }
        }
    }

    private void Whisker(ChartLine line, ChartPoint point)
    {
        if (line.Role == LineRole.Whiskers && point.HasInterval)
        {
            string x = Number(X(line, point) - 4);
            string low = Number(Y(point.Low!.Value));
            string high = Number(Y(point.High!.Value));
            _svg.Append(
                CultureInfo.InvariantCulture,
                $"<path d=\"M{x} {low}h8m-4 0V{high}m-4 0h8\" fill=\"none\" stroke=\"{Color(line)}\" stroke-width=\"1.3\"/>\n");
        }
    }

    private void Circle(double x, double y, ChartLine line) => _svg.Append(
        CultureInfo.InvariantCulture,
        $"<circle cx=\"{Number(x)}\" cy=\"{Number(y)}\" r=\"{(line.Role == LineRole.Faint ? "1.5" : "3")}\" "
            + $"fill=\"{(line.Role == LineRole.Whiskers ? Color(line) : "#fff")}\""
            + $" stroke=\"{Color(line)}\" stroke-width=\"1.5\"/>\n");

    private void Square(double x, double y, ChartLine line) => _svg.Append(
        CultureInfo.InvariantCulture,
        $"<path d=\"M{Number(x - 4)} {Number(y - 4)}h8v8h-8Z\" fill=\"none\" stroke=\"{Color(line)}\" stroke-width=\"1.5\"/>\n");

    private void Draw(LegendEntry entry)
    {
        double x = Left + entry.X;
        double y = Top + PlotHeight + BelowPlot + (entry.Row * LegendRow) + 8;
        if (entry.Line.Role == LineRole.Published)
        {
            Square(x + (Sample / 2.0), y, entry.Line);
        }
        else
        {
            _svg.Append(
                CultureInfo.InvariantCulture, $"<path d=\"M{Number(x)} {Number(y)}h{Sample}\" fill=\"none\" {Stroke(entry.Line)}/>\n");
        }

        if (entry.Line.Role is LineRole.Marked or LineRole.Whiskers)
        {
            Circle(x + (Sample / 2.0), y, entry.Line);
        }

        Text(x + Sample + 8, y + 4, entry.Text, Ink);
    }

    private void Text(double x, double y, string text, string color, string more = "")
    {
        if (text.Length > 0)
        {
            string cut = Markup.Escape(Legend.Cut(text, Width - Left - Right));
            _svg.Append(
                CultureInfo.InvariantCulture,
                $"<text x=\"{Number(x)}\" y=\"{Number(y)}\" fill=\"{color}\"{(more.Length > 0 ? $" {more}" : "")}>{cut}</text>\n");
        }
    }

    /// <summary>Splits a line at the points that cannot be drawn.</summary>
    private static IEnumerable<ChartPoint[]> Stretches(IReadOnlyList<ChartPoint> points, Func<ChartPoint, bool> isDrawn)
    {
        var stretch = new List<ChartPoint>();
        foreach (ChartPoint point in points)
        {
            if (isDrawn(point))
            {
                stretch.Add(point);
            }
            else if (stretch.Count > 0)
            {
                yield return [.. stretch];
                stretch.Clear();
            }
        }

        if (stretch.Count > 0)
        {
            yield return [.. stretch];
        }
    }

    private static string Color(ChartLine line) => SeriesPalette.Of(line.Slot, isDark: false);

    private static string Stroke(ChartLine line)
    {
        bool isFaint = line.Role == LineRole.Faint;
        string dash = isFaint ? "" : Dashes[(int)((uint)line.Dash % (uint)Dashes.Length)];
        return $"stroke=\"{Color(line)}\" stroke-width=\"{(isFaint ? "0.8" : "1.8")}\" stroke-linejoin=\"round\""
            + (isFaint ? " stroke-opacity=\"0.4\"" : "") + (dash.Length > 0 ? $" stroke-dasharray=\"{dash}\"" : "");
    }

    private static string Number(double value) => Math.Round(value, 1).ToString("0.#", CultureInfo.InvariantCulture);

    /// <summary>Returns where a point is drawn: those with bars are placed side by side.</summary>
    private double X(ChartLine line, ChartPoint point) =>
        X(point.X) + (line.Role == LineRole.Whiskers ? Place(line) * Math.Min(Dodge, MostDodge / Bars.Count()) : 0);

    /// <summary>Returns the line's place among the lines, 0 for the middle.</summary>
    private double Place(ChartLine line) =>
        Bars.Index().First(other => other.Item == line).Index - ((Bars.Count() - 1) / 2.0);

    private IEnumerable<ChartLine> Bars => _chart.Lines.Where(line => line.Role == LineRole.Whiskers);

    private double X(double value) => Left + (_x.At(value) * (Width - Left - Right));

    /// <summary>Returns the height of a value; a band's end beyond the plot is at its edge.</summary>
    private double Y(double value) => Top + ((1 - Math.Clamp(_y.At(value), 0, 1)) * PlotHeight);
}
