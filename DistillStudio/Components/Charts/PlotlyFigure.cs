using DistillStudio.Components.Presentation;
using Plotly.Blazor;
using Plotly.Blazor.LayoutLib;
using Font = Plotly.Blazor.LayoutLib.Font;
using PlotlyLayout = Plotly.Blazor.Layout;

namespace DistillStudio.Components.Charts;

/// <summary>Converts a <see cref="ChartFigure"/> to Plotly: stacked panels over one x axis with a shared cursor.</summary>
internal sealed class PlotlyFigure
{
    private const int Gap = 34;
    private const int Top = 26;
    private const int Bottom = 42;
    private const string FontFamily = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif";

    private readonly ChartFigure _figure;
    private readonly bool _isDark;
    private readonly Dictionary<string, (int Main, int? Faint)> _traces = [];

    public PlotlyFigure(ChartFigure figure, bool isDark)
    {
        _figure = figure;
        _isDark = isDark;
        Data = Traces();
        Layout = LayOut();
    }

    public IList<ITrace> Data { get; }

    public PlotlyLayout Layout { get; }

    /// <summary>Height in CSS pixels.</summary>
    public int Height => HeightOf(_figure);

    private string Ink => _isDark ? "#e8ecf2" : "#16191f";

    private string SoftInk => _isDark ? "#aeb7c4" : "#505a69";

    private string Grid => _isDark ? "#262d38" : "#e9ecf1";

    private string Line => _isDark ? "#3b4553" : "#c9d0da";

    private string Surface => _isDark ? "#161b23" : "#ffffff";

    public static int HeightOf(ChartFigure figure) =>
        figure.Panels.Sum(p => p.Height) + ((figure.Panels.Count - 1) * Gap) + Top + Bottom;

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

    private List<ITrace> Traces()
    {
        var factory = new PlotlyTraces(_figure, _isDark);
        var traces = new List<ITrace>();
        foreach (ChartSeries series in _figure.Series)
        {
            traces.AddRange(factory.BandOf(series));
            int? faint = null;
            if (series.Smooth is not null)
            {
                faint = traces.Count;
                traces.Add(factory.Of(series, series.Y, isFaint: true));
            }

            _traces[series.Key] = (traces.Count, faint);
            traces.Add(factory.Of(series, series.Smooth ?? series.Y, isFaint: series.Style == SeriesStyle.Faint));
        }

        return traces;
    }

    private PlotlyLayout LayOut()
    {
        double plot = Height - Top - Bottom;
        var axes = new List<YAxis>();
        var titles = new List<Annotation>();
        double y = plot;
        for (int i = 0; i < _figure.Panels.Count; i++)
        {
            ChartPanel panel = _figure.Panels[i];
            decimal high = (decimal)(y / plot);
            decimal low = (decimal)Math.Max(0, (y - panel.Height) / plot);
            axes.Add(VerticalAxis(panel, low, high, _figure.Series.All(s => s.Panel != i || s.X.Count == 0)));
            titles.Add(PanelTitle(panel, high));
            y -= panel.Height + Gap;
        }

        return new PlotlyLayout
        {
            AutoSize = true,
            Height = Height,
            Margin = new Margin { L = 58, R = 14, T = Top, B = Bottom, Pad = 0 },
            PaperBgColor = Surface,
            PlotBgColor = Surface,
            Font = new Font { Family = FontFamily, Size = 12, Color = SoftInk },
            ShowLegend = false,
            HoverMode = HoverModeEnum.XUnified,
            HoverSubplots = HoverSubplotsEnum.Axis,
            HoverLabel = new Plotly.Blazor.LayoutLib.HoverLabel
            {
                NameLength = -1,
                BgColor = _isDark ? "#1f2630" : "#ffffff",
                BorderColor = Line,
                Font = new Plotly.Blazor.LayoutLib.HoverLabelLib.Font { Family = FontFamily, Size = 12, Color = Ink },
            },
            DragMode = DragModeEnum.Zoom,
            ModeBar = new ModeBar { BgColor = "rgba(0,0,0,0)", Color = SoftInk, ActiveColor = Ink },
            XAxis = [HorizontalAxis()],
            YAxis = axes,
            Annotations = [.. titles, .. _figure.Marks.Select(MarkText)],
            Shapes = [.. _figure.Marks.Select(MarkLine)],

            // While this value is unchanged, the user's zoom survives a redraw; it changes so that a range set elsewhere is applied.
            UiRevision = _figure.View is { Range: { } range }
                ? $"{_figure.View.Axis.Name}:{range.From}:{range.To}"
                : $"{_figure.View.Axis.Name}:{_figure.IsEmpty}",
        };
    }

    private XAxis HorizontalAxis()
    {
        ChartRange? range = _figure.View.Range ?? (_figure.IsEmpty ? new(0, 100 * _figure.XUnit.Divisor) : null);
        return new XAxis
        {
            Anchor = _figure.Panels.Count == 1 ? "y" : $"y{_figure.Panels.Count}",
            Title = new Plotly.Blazor.LayoutLib.XAxisLib.Title
            {
                Text = _figure.XUnit.Title,
                Standoff = 8,
                Font = new Plotly.Blazor.LayoutLib.XAxisLib.TitleLib.Font { Size = 12, Color = SoftInk },
            },
            AutoRange =
                range is null ? Plotly.Blazor.LayoutLib.XAxisLib.AutoRangeEnum.True : Plotly.Blazor.LayoutLib.XAxisLib.AutoRangeEnum.False,
            Range = range is null ? null : [range.From / _figure.XUnit.Divisor, range.To / _figure.XUnit.Divisor],
            GridColor = Grid,
            LineColor = Line,
            ShowLine = true,
            ZeroLine = false,
            TickFont = new Plotly.Blazor.LayoutLib.XAxisLib.TickFont { Color = SoftInk },
            HoverFormat = _figure.XHoverFormat ?? (_figure.View.Axis.IsWhole ? ",d" : ".2f"),
            SeparateThousands = true,
            ShowSpikes = true,
            SpikeMode = Plotly.Blazor.LayoutLib.XAxisLib.SpikeModeFlag.Across,
            SpikeThickness = 1,
            SpikeDash = "solid",
            SpikeColor = Line,
            SpikeSnap = Plotly.Blazor.LayoutLib.XAxisLib.SpikeSnapEnum.HoveredData,
        };
    }

    private YAxis VerticalAxis(ChartPanel panel, decimal low, decimal high, bool isEmpty) => new()
    {
        Domain = [low, high],
        AutoRange = isEmpty ? Plotly.Blazor.LayoutLib.YAxisLib.AutoRangeEnum.False : Plotly.Blazor.LayoutLib.YAxisLib.AutoRangeEnum.True,
        Range = isEmpty ? [panel.WhenEmpty.Low, panel.WhenEmpty.High] : null,
        Type = _figure.View.IsLog && panel.MayBeLog && !isEmpty
            ? Plotly.Blazor.LayoutLib.YAxisLib.TypeEnum.Log
            : Plotly.Blazor.LayoutLib.YAxisLib.TypeEnum.Linear,
        TickFormat = panel.TickFormat,
        HoverFormat = panel.HoverFormat,
        NTicks = panel.Height / 24,
        GridColor = Grid,
        LineColor = Line,
        ZeroLine = panel.HasZeroLine,
        ZeroLineColor = SoftInk,
        ZeroLineWidth = 1,
        FixedRange = true,

        // A single point would otherwise be centred with negative values below it; only differences can be negative.
        RangeMode = panel.HasZeroLine
            ? Plotly.Blazor.LayoutLib.YAxisLib.RangeModeEnum.Normal
            : Plotly.Blazor.LayoutLib.YAxisLib.RangeModeEnum.NonNegative,
        TickFont = new Plotly.Blazor.LayoutLib.YAxisLib.TickFont { Color = SoftInk },
    };

    private Annotation PanelTitle(ChartPanel panel, decimal high) => new()
    {
        Text = panel.Unit.Length == 0 ? $"<b>{PlotlyTraces.Plain(panel.Title)}</b>" : $"<b>{PlotlyTraces.Plain(panel.Title)}</b>  <span "
            + $"style=\"color:{SoftInk}\">{PlotlyTraces.Plain(panel.Unit)}</span>",
        XRef = "paper",
        X = 0,
        XAnchor = Plotly.Blazor.LayoutLib.AnnotationLib.XAnchorEnum.Left,
        XShift = -50,
        YRef = "paper",
        Y = high,
        YAnchor = Plotly.Blazor.LayoutLib.AnnotationLib.YAnchorEnum.Bottom,
        YShift = 2,
        ShowArrow = false,
        Font = new Plotly.Blazor.LayoutLib.AnnotationLib.Font { Size = 13, Color = Ink },
    };

    private Shape MarkLine(ChartMark mark) => new()
    {
        Type = Plotly.Blazor.LayoutLib.ShapeLib.TypeEnum.Line,
        XRef = "x",
        X0 = mark.X / _figure.XUnit.Divisor,
        X1 = mark.X / _figure.XUnit.Divisor,
        YRef = "paper",
        Y0 = 0,
        Y1 = 1,
        Line = new Plotly.Blazor.LayoutLib.ShapeLib.Line { Color = SoftInk, Width = 1, Dash = "dot" },
    };

    private Annotation MarkText(ChartMark mark) => new()
    {
        Text = mark.Text,
        XRef = "x",
        X = mark.X / _figure.XUnit.Divisor,
        XAnchor = Plotly.Blazor.LayoutLib.AnnotationLib.XAnchorEnum.Left,
        YRef = "paper",
        Y = 1,
        YAnchor = Plotly.Blazor.LayoutLib.AnnotationLib.YAnchorEnum.Top,
        ShowArrow = false,
        Font = new Plotly.Blazor.LayoutLib.AnnotationLib.Font { Size = 11, Color = SoftInk },
    };
}
