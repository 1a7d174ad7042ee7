using System.Net;
using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Statistics;
using Plotly.Blazor;
using Plotly.Blazor.Traces;
using Plotly.Blazor.Traces.ScatterLib;
using ErrorBars = Plotly.Blazor.Traces.ScatterLib.ErrorY;
using SymbolEnum = Plotly.Blazor.Traces.ScatterLib.MarkerLib.SymbolEnum;

namespace DistillStudio.Components.Charts;

/// <summary>Converts the curves of a <see cref="ChartFigure"/> to Plotly's traces.</summary>
internal sealed class PlotlyTraces(ChartFigure figure, bool isDark)
{
    private const double FaintOpacity = 0.28;

    /// <summary>Number of points up to which each has a mark.</summary>
    private const int EachMarked = 60;

    /// <summary>Maximum number of marks on a curve with more points: drawing them all takes longer than the lines.</summary>
    private const int MostMarks = 24;

    /// <summary>The marks of <see cref="SeriesLook"/>, in its order.</summary>
    private static readonly SymbolEnum[] Symbols =
    [
        SymbolEnum.Circle,
        SymbolEnum.Square,
        SymbolEnum.Diamond,
        SymbolEnum.TriangleUp,
        SymbolEnum.Cross,
        SymbolEnum.TriangleDown,
        SymbolEnum.X,
        SymbolEnum.Pentagon,
        SymbolEnum.TriangleLeft,
        SymbolEnum.Hexagon,
        SymbolEnum.TriangleRight,
        SymbolEnum.Hourglass,
    ];

    /// <summary>Encodes text: Plotly interprets tags in names and titles, which may contain a run's name.</summary>
    public static string Plain(string text) => WebUtility.HtmlEncode(text);

    /// <summary>Returns true for a curve with a mark at its points; a single point of a run behind a mean has no line to be seen
    /// by.</summary>
    public static bool HasMarks(ChartSeries series) =>
        series.Style is SeriesStyle.Validation or SeriesStyle.Headline or SeriesStyle.Published
        || series is { Style: SeriesStyle.Faint, X.Count: 1 };

    public static List<object> Xs(IReadOnlyList<double> values, AxisUnit unit) => [.. values.Select(v => (object)Short(v / unit.Divisor))];

    public static List<object> Ys(IReadOnlyList<double?> values, double scale) =>
        [.. values.Select(v => v is { } y ? (object)Short(y * scale) : null!)];

    public Scatter Of(ChartSeries series, IReadOnlyList<double?> y, bool isFaint)
    {
        string color = ColorOf(series);
        bool hasMarks = HasMarks(series);
        ChartPanel panel = figure.Panels[series.Panel];
        return new Scatter
        {
            Name = Plain(series.Name),
            Meta = $"{panel.Title}: {series.Name}{(isFaint && series.Smooth is not null ? " (raw)" : "")}",
            X = Xs(series.X, figure.XUnit),
            Y = Ys(y, panel.Scale),
            XAxis = $"x{PlotlyAxes.Suffix(series.Panel)}",
            YAxis = $"y{PlotlyAxes.Suffix(series.Panel)}",
            CustomData = series.Steps.Count == 0 ? null : [.. series.Steps.Select(step => (object)step)],
            Visible = VisibilityOf(series.Group),
            Mode = series.Style == SeriesStyle.Published ? ModeFlag.Markers
                : hasMarks ? ModeFlag.Lines | ModeFlag.Markers
                : ModeFlag.Lines,
            Opacity = isFaint ? (decimal)FaintOpacity : 1m,
            ConnectGaps = hasMarks,
            Fill = IsFilled(series) ? FillEnum.ToZeroY : null,
            FillColor = IsFilled(series) ? $"{color}22" : null,
            ErrorY = series is { IntervalStyle: IntervalStyle.Bars, Intervals.Count: > 0 } ? BarsOf(series, panel.Scale, color) : null,
            Line = new Line
            {
                Color = color,
                Width = isFaint ? 1m : series.Style == SeriesStyle.Validation ? 1.6m : 2m,
                Dash = series.Look.DashArray is { Length: > 0 } dashes
                    ? $"{dashes.Replace(" ", "px,", StringComparison.Ordinal)}px"
                    : "solid",
            },
            Marker = hasMarks ? MarkerOf(series, color) : null,
        };
    }

    /// <summary>Returns the two traces between which the curve's band is filled; none for a curve without a band.</summary>
    public IEnumerable<ITrace> BandOf(ChartSeries series) => series is { IntervalStyle: IntervalStyle.Band, Intervals.Count: > 0 }
        ? [Edge(series, interval => interval.Low, isFilled: false), Edge(series, interval => interval.High, isFilled: true)]
        : [];

    private Scatter Edge(ChartSeries series, Func<ConfidenceInterval, double> end, bool isFilled) => new()
    {
        Name = Plain(series.Name),
        X = Xs(series.X, figure.XUnit),
        Y = Ys(
            [.. series.Intervals.Select((interval, i) => interval is null ? series.Y[i] : end(interval))],
            figure.Panels[series.Panel].Scale),
        XAxis = $"x{PlotlyAxes.Suffix(series.Panel)}",
        YAxis = $"y{PlotlyAxes.Suffix(series.Panel)}",
        Visible = VisibilityOf(series.Group),
        Mode = ModeFlag.Lines,
        Fill = isFilled ? FillEnum.ToNextY : null,
        FillColor = $"{ColorOf(series)}2e",
        Line = new Line { Width = 0m, Color = ColorOf(series) },
    };

    /// <summary>Returns a star or a ring, drawn over all curves.</summary>
    public Scatter Of(PointMark mark)
    {
        string color = SeriesPalette.Of(mark.Color, isDark);
        bool isBest = mark.Kind == PointKind.Best;
        return new Scatter
        {
            X = [Short(mark.X / figure.XUnit.Divisor)],
            Y = [Short(mark.Y * figure.Panels[mark.Panel].Scale)],
            XAxis = $"x{PlotlyAxes.Suffix(mark.Panel)}",
            YAxis = $"y{PlotlyAxes.Suffix(mark.Panel)}",
            Visible = VisibilityOf(mark.Group),
            Mode = ModeFlag.Markers,
            Marker = new Marker
            {
                Color = color,
                Size = isBest ? 12m : 15m,
                Symbol = isBest
                    ? SymbolEnum.Star
                    : SymbolEnum.CircleOpen,
                Line = new Plotly.Blazor.Traces.ScatterLib.MarkerLib.Line
                {
                    Color = isBest ? ChartColors.Of(isDark).Surface : color,
                    Width = isBest ? 1m : 2m,
                },
            },
        };
    }

    private VisibleEnum VisibilityOf(string group) => figure.Hidden.Contains(group) ? VisibleEnum.False : VisibleEnum.True;

    private static ErrorBars BarsOf(ChartSeries series, double scale, string color)
    {
        List<object> Ends(Func<ConfidenceInterval, double, double> length) =>
            [
                .. series.Intervals.Select(
                    (interval, i) => (object)(interval is null || series.Y[i] is not { } y ? 0 : Short(length(interval, y) * scale)))
            ];

        return new ErrorBars
        {
            Type = Plotly.Blazor.Traces.ScatterLib.ErrorYLib.TypeEnum.Data,
            Symmetric = false,
            Array = Ends((interval, y) => interval.High - y),
            ArrayMinus = Ends((interval, y) => y - interval.Low),
            Color = color,
            Thickness = 1.4m,
            Width = 4m,
        };
    }

    private static Marker MarkerOf(ChartSeries series, string color) => new()
    {
        Color = color,
        Size = series.Style == SeriesStyle.Published ? 10m : series.X.Count > EachMarked ? 4m : 6m,
        MaxDisplayed = series.X.Count > EachMarked ? MostMarks : null,
        Symbol = series.Style == SeriesStyle.Published
            ? SymbolEnum.CircleOpen
            : Symbols[series.Look.Mark % Symbols.Length],
    };

    /// <summary>Returns true for the only curve of its panel that is drawn from zero: areas of several would hide each other.</summary>
    private bool IsFilled(ChartSeries series) =>
        figure.Panels[series.Panel].HasZeroLine && figure.Series.Count(other => other.Panel == series.Panel) == 1;

    private string ColorOf(ChartSeries series) => SeriesPalette.Of(series.Color, isDark);

    /// <summary>Rounds to seven significant digits, more than a screen can show, which halves the bytes to send.</summary>
    private static double Short(double value)
    {
        if (value == 0 || !double.IsFinite(value))
        {
            return value;
        }

        int digits = 6 - (int)Math.Floor(Math.Log10(Math.Abs(value)));
        return digits is < 0 or > 15 ? value : Math.Round(value, digits);
    }
}
