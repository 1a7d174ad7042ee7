using System.Text.Json.Serialization;
using DistillStudio.Components.Presentation;
using Plotly.Blazor;
using Plotly.Blazor.LayoutLib;
using Font = Plotly.Blazor.LayoutLib.Font;
using PlotlyLayout = Plotly.Blazor.Layout;

namespace DistillStudio.Components.Charts;

/// <summary>
/// Converts a <see cref="ChartFigure"/> to Plotly: stacked panels whose x axes move together. The read-out, the crosshair and the legend
/// are the studio's own; <see cref="PlotlyLayout.Meta"/> describes the traces to its script.
/// </summary>
internal sealed class PlotlyFigure
{
    private readonly ChartFigure _figure;
    private readonly PlotlyAxes _axes;
    private readonly ChartColors _colors;
    private readonly Dictionary<string, (int Main, int? Faint)> _traces = [];
    private readonly List<TraceMeta> _meta = [];

    public PlotlyFigure(ChartFigure figure, bool isDark)
    {
        _figure = figure;
        _colors = ChartColors.Of(isDark);
        _axes = new PlotlyAxes(figure, _colors);
        Data = Traces(isDark);
        Layout = LayOut();
    }

    public IList<ITrace> Data { get; }

    public PlotlyLayout Layout { get; }

    /// <summary>Height in CSS pixels.</summary>
    public int Height => PlotlyAxes.HeightOf(_figure);

    /// <summary>Whether each trace is drawn.</summary>
    public IReadOnlyList<bool> Visibility => [.. _meta.Select(trace => !_figure.Hidden.Contains(trace.Group))];

    /// <summary>Colour of each trace.</summary>
    public IReadOnlyList<string> Colors => [.. _meta.Select(trace => trace.Color)];

    /// <summary>The properties of the layout that depend on which curves are drawn, by their paths.</summary>
    public IReadOnlyDictionary<string, object> VisibleLayout => _axes.VisibleLayout;

    /// <summary>Returns the arguments of <c>extendTraces</c> for the deltas; skips curves that the figure does not contain.</summary>
    public (List<IEnumerable<object>> X, List<IEnumerable<object>> Y, List<int> Indices) Extension(IReadOnlyList<ChartDelta> deltas)
    {
        List<IEnumerable<object>> xs = [], ys = [];
        List<int> indices = [];
        foreach (ChartDelta delta in deltas)
        {
            if (!_traces.TryGetValue(delta.Key, out (int Main, int? Faint) trace))
            {
                continue;
            }

            double scale = _figure.Panels[_figure.Series.First(s => s.Key == delta.Key).Panel].Scale;
            Add(trace.Main, trace.Faint is null ? delta.Y : delta.Smooth ?? delta.Y);
            if (trace.Faint is { } faint)
            {
                Add(faint, delta.Y);
            }

            void Add(int index, IReadOnlyList<double?> y)
            {
                xs.Add(PlotlyTraces.Xs(delta.X, _figure.XUnit));
                ys.Add(PlotlyTraces.Ys(y, scale));
                indices.Add(index);
            }
        }

        return (xs, ys, indices);
    }

    private List<ITrace> Traces(bool isDark)
    {
        var factory = new PlotlyTraces(_figure, isDark);
        var traces = new List<ITrace>();
        foreach (ChartSeries series in _figure.Series)
        {
            foreach (ITrace edge in factory.BandOf(series))
            {
                Add(series, edge, TraceMeta.Band);
            }

            int? faint = null;
            if (series.Smooth is not null)
            {
                faint = traces.Count;
                Add(series, factory.Of(series, series.Y, isFaint: true), TraceMeta.Raw);
            }

            _traces[series.Key] = (traces.Count, faint);
            Add(series, factory.Of(series, series.Smooth ?? series.Y, isFaint: series.Style == SeriesStyle.Faint), KindOf(series));
        }

        foreach (PointMark mark in _figure.PointMarks)
        {
            traces.Add(factory.Of(mark));
            _meta.Add(new(mark.Panel, mark.Group, "", TraceMeta.Mark, SeriesPalette.Of(mark.Color, isDark), "", null));
        }

        return traces;

        void Add(ChartSeries series, ITrace trace, string kind)
        {
            traces.Add(trace);
            string color = SeriesPalette.Of(series.Color, isDark);
            _meta.Add(new(series.Panel, series.Group, series.Row, kind, color, series.Look.DashArray, series.StepsPerEpoch));
        }
    }

    private static string KindOf(ChartSeries series) => series switch
    {
        { Style: SeriesStyle.Faint } => TraceMeta.Band,
        { Smooth: not null } => TraceMeta.Smoothed,
        { Style: SeriesStyle.Validation } => TraceMeta.Validation,
        _ => TraceMeta.Value,
    };

    private PlotlyLayout LayOut() => new()
    {
        AutoSize = true,
        Height = Height,
        Margin = PlotlyAxes.Margin,
        PaperBgColor = _colors.Surface,
        PlotBgColor = _colors.Surface,
        Font = new Font { Family = ChartColors.FontFamily, Size = 12, Color = _colors.SoftInk },
        ShowLegend = false,
        HoverMode = HoverModeEnum.False,
        DragMode = DragModeEnum.Zoom,
        XAxis = _axes.Horizontal,
        YAxis = _axes.Vertical,
        Annotations = [.. _axes.Titles, .. _figure.Marks.Select(_axes.MarkText)],
        Shapes = [.. _figure.Marks.Select(_axes.MarkLine)],
        Meta = new FigureMeta(
            _figure.View.Axis.Name,
            _figure.XUnit.Title,
            _figure.XUnit.Divisor,
            _figure.XUnit.IsWhole,
            _figure.XHoverFormat ?? (_figure.View.Axis.IsWhole ? ",.0f" : ",.2f"),
            [.. _figure.Panels.Select(panel => new PanelMeta(panel.Title, panel.Unit, panel.HoverFormat))],
            _meta),

        // While this value is unchanged, what the user did in the browser survives a redraw; it changes so that a zoom set elsewhere is
        // applied.
        UiRevision = $"{_figure.View.Axis.Name}:{_figure.IsEmpty}:{_figure.View.IsLog}:{string.Join(' ', ZoomTexts())}",
    };

    private IEnumerable<string> ZoomTexts() =>
        _figure.View.Zoom.Y.Select(y => $"{y.Key} {y.Value}").Prepend($"{_figure.View.Zoom.X}");

    /// <summary>Metadata of the figure for the script.</summary>
    /// <param name="Axis">Name of the axis.</param>
    /// <param name="Unit">Title of the x axis.</param>
    /// <param name="Divisor">Divisor from the axis's base unit to the displayed one.</param>
    /// <param name="IsWhole">True if only whole numbers are meaningful.</param>
    /// <param name="Format">Number format of x.</param>
    private sealed record FigureMeta(
        [property: JsonPropertyName("axis")] string Axis,
        [property: JsonPropertyName("unit")] string Unit,
        [property: JsonPropertyName("divisor")] double Divisor,
        [property: JsonPropertyName("whole")] bool IsWhole,
        [property: JsonPropertyName("format")] string Format,
        [property: JsonPropertyName("panels")] IReadOnlyList<PanelMeta> Panels,
        [property: JsonPropertyName("traces")] IReadOnlyList<TraceMeta> Traces);

    private sealed record PanelMeta(
        [property: JsonPropertyName("title")] string Title,
        [property: JsonPropertyName("unit")] string Unit,
        [property: JsonPropertyName("format")] string Format);

    /// <summary>Metadata of a trace for the script.</summary>
    private sealed record TraceMeta(
        [property: JsonPropertyName("panel")] int Panel,
        [property: JsonPropertyName("group")] string Group,
        [property: JsonPropertyName("row")] string Row,
        [property: JsonPropertyName("kind")] string Kind,
        [property: JsonPropertyName("color")] string Color,
        [property: JsonPropertyName("dash")] string Dash,
        [property: JsonPropertyName("perEpoch")] double? PerEpoch)
    {
        public const string Smoothed = "smoothed";
        public const string Raw = "raw";
        public const string Validation = "validation";
        public const string Value = "value";
        public const string Mark = "mark";

        /// <summary>Drawn, but absent from the read-out.</summary>
        public const string Band = "band";
    }
}
