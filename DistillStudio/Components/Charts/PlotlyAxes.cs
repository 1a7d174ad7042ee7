using DistillStudio.Components.Presentation;
using Plotly.Blazor.LayoutLib;

namespace DistillStudio.Components.Charts;

/// <summary>The axes and titles of a figure's panels: each panel has both axes with ticks, and all x axes show the same range.</summary>
internal sealed class PlotlyAxes
{
    /// <summary>Space between panels for ticks, title of the x axis and title of the next panel.</summary>
    private const int Gap = 64;
    private const int Top = 26;
    private const int Bottom = 42;
    private const int PixelsPerTick = 24;

    /// <summary>Maximum number of decades that leave room for ticks between them.</summary>
    private const double FewDecades = 2.5;

    /// <summary>Labels that a format with a sign gives to zero, and zero without one.</summary>
    private static readonly Dictionary<string, string> SignlessZero = new() { ["+0"] = "0", ["\u22120"] = "0" };

    private readonly ChartFigure _figure;
    private readonly ChartColors _colors;
    private readonly bool[] _isEmpty;
    private readonly ChartRange?[] _clipped;
    private readonly MarkRoom[] _room;

    public PlotlyAxes(ChartFigure figure, ChartColors colors)
    {
        (_figure, _colors) = (figure, colors);
        _isEmpty = [.. figure.Panels.Select((_, i) => figure.Series.All(s => s.Panel != i || s.X.Count == 0))];
        _clipped = [.. figure.Panels.Select((panel, i) => Clip(panel, i))];
        _room = [.. figure.Panels.Select((_, i) => new MarkRoom(figure, i, IsLog(i) ? Math.Log10 : y => y))];
        double plot = HeightOf(figure) - Top - Bottom;
        double y = plot;
        for (int i = 0; i < figure.Panels.Count; i++)
        {
            decimal high = (decimal)(y / plot);
            decimal low = (decimal)Math.Max(0, (y - figure.Panels[i].Height) / plot);
            Horizontal.Add(HorizontalAxis(i));
            Vertical.Add(VerticalAxis(i, low, high));
            Titles.Add(PanelTitle(i, high));
            y -= figure.Panels[i].Height + Gap;
        }
    }

    public static Margin Margin => new() { L = 58, R = 14, T = Top, B = Bottom, Pad = 0 };

    public List<XAxis> Horizontal { get; } = [];

    public List<YAxis> Vertical { get; } = [];

    public List<Annotation> Titles { get; } = [];

    /// <summary>The properties that depend on which curves are drawn, by their paths.</summary>
    public IReadOnlyDictionary<string, object> VisibleLayout
    {
        get
        {
            var layout = new Dictionary<string, object>();
            for (int i = 0; i < _figure.Panels.Count; i++)
            {
                layout[$"annotations[{i}].text"] = TitleText(i);
                if (RangeOf(i) is { } range)
                {
                    layout[$"yaxis{Suffix(i)}.range"] = range;
                }
                else
                {
                    layout[$"yaxis{Suffix(i)}.autorange"] = true;
                    layout[$"yaxis{Suffix(i)}.rangemode"] = MayBeNegative(i) ? "normal" : "nonnegative";
                }
            }

            return layout;
        }
    }

    public static int HeightOf(ChartFigure figure) => figure.Panels.Sum(p => p.Height) + ((figure.Panels.Count - 1) * Gap) + Top + Bottom;

    /// <summary>Returns Plotly's number of an axis: none for the first, then 2, 3 and so on.</summary>
    public static string Suffix(int panel) => panel == 0 ? "" : $"{panel + 1}";

    public Shape MarkLine(ChartMark mark) => new()
    {
        Type = Plotly.Blazor.LayoutLib.ShapeLib.TypeEnum.Line,
        XRef = "x",
        X0 = mark.X / _figure.XUnit.Divisor,
        X1 = mark.X / _figure.XUnit.Divisor,
        YRef = "paper",
        Y0 = 0,
        Y1 = 1,
        Line = new Plotly.Blazor.LayoutLib.ShapeLib.Line { Color = _colors.SoftInk, Width = 1, Dash = "dot" },
    };

    public Annotation MarkText(ChartMark mark) => new()
    {
        Text = mark.Text,
        XRef = "x",
        X = mark.X / _figure.XUnit.Divisor,
        XAnchor = Plotly.Blazor.LayoutLib.AnnotationLib.XAnchorEnum.Left,
        YRef = "paper",
        Y = 1,
        YAnchor = Plotly.Blazor.LayoutLib.AnnotationLib.YAnchorEnum.Top,
        ShowArrow = false,
        Font = new Plotly.Blazor.LayoutLib.AnnotationLib.Font { Size = 11, Color = _colors.SoftInk },
    };

    /// <summary>Returns the range without outliers; null if there are none, or if they are shown.</summary>
    private ChartRange? Clip(ChartPanel panel, int index) => !_figure.View.IsClipped || !panel.MayBeLog
        ? null
        : PanelRange.WithoutOutliers(
            _figure.Visible.Where(series => series.Panel == index)
                .GroupBy(series => series.Row, series => series.Y.Concat(series.Smooth ?? [])) // training and validation of a run
                .Select(run => run.SelectMany(ys => ys).OfType<double>().Select(y => y * panel.Scale)),
            IsLog(index));

    private bool IsLog(int panel) => _figure.View.IsLog && _figure.Panels[panel].MayBeLog && !_isEmpty[panel];

    /// <summary>Returns the range of a y axis in Plotly's form; null for that of the data.</summary>
    private object[]? RangeOf(int panel)
    {
        if (_isEmpty[panel])
        {
            return [_figure.Panels[panel].WhenEmpty.Low, _figure.Panels[panel].WhenEmpty.High];
        }

        ChartRange? zoomed = _figure.View.Zoom.Y.GetValueOrDefault(_figure.Panels[panel].Name);
        bool isLog = IsLog(panel);
        ChartRange? equal = isLog || _figure.Panels[panel].HasZeroLine ? null : _room[panel].OfEqual;
        if ((zoomed ?? _clipped[panel] ?? equal) is not { } range || (isLog && range.From <= 0))
        {
            return null;
        }

        ChartRange ends = isLog ? new(Math.Log10(range.From), Math.Log10(range.To)) : range;
        ends = zoomed is null ? _room[panel].Widen(ends) : ends;
        return [ends.From, ends.To];
    }

    /// <summary>Returns true if the y axis may reach below 0: for a difference, and for a mark near 0.</summary>
    private bool MayBeNegative(int panel) => _figure.Panels[panel].HasZeroLine || (!IsLog(panel) && _room[panel].IsNeededBelowZero);

    /// <summary>Returns Plotly's tick distance on a logarithmic axis: 1, 2 and 5 over few decades, otherwise whole decades.</summary>
    private object? LogTicks(int panel)
    {
        ChartRange? range = _figure.View.Zoom.Y.GetValueOrDefault(_figure.Panels[panel].Name) ?? _clipped[panel];
        double[] ends = range is null
            ? [.. _figure.Visible.Where(series => series.Panel == panel).SelectMany(series => series.Y).OfType<double>().Where(y => y > 0)]
            : [range.From, range.To];
        double decades = ends.Length == 0 ? 0 : Math.Log10(ends.Max() / Math.Max(ends.Min(), double.Epsilon));
        return decades switch
        {
            < FewDecades and > 0.5 => "D2",
            <= 0.5 => null, // ticks between the decades
            _ => Math.Ceiling(decades * PixelsPerTick / _figure.Panels[panel].Height),
        };
    }

    private XAxis HorizontalAxis(int panel)
    {
        ChartRange? range = _figure.View.Zoom.X ?? (_figure.IsEmpty ? new(0, 100 * _figure.XUnit.Divisor) : null);
        return new XAxis
        {
            Anchor = $"y{Suffix(panel)}",
            Matches = panel == 0 ? null : "x",
            Title = new Plotly.Blazor.LayoutLib.XAxisLib.Title
            {
                Text = PlotlyTraces.Plain(_figure.XUnit.Title),
                Standoff = 4,
                Font = new Plotly.Blazor.LayoutLib.XAxisLib.TitleLib.Font { Size = 12, Color = _colors.SoftInk },
            },
            AutoRange =
                range is null ? Plotly.Blazor.LayoutLib.XAxisLib.AutoRangeEnum.True : Plotly.Blazor.LayoutLib.XAxisLib.AutoRangeEnum.False,
            Range = range is null ? null : [range.From / _figure.XUnit.Divisor, range.To / _figure.XUnit.Divisor],
            DTick = WholeTicks.DistanceOf(_figure),
            GridColor = _colors.Grid,
            LineColor = _colors.Line,
            ShowLine = true,
            ZeroLine = false,
            TickFont = new Plotly.Blazor.LayoutLib.XAxisLib.TickFont { Color = _colors.SoftInk },
            SeparateThousands = true,
        };
    }

    private YAxis VerticalAxis(int panel, decimal low, decimal high)
    {
        ChartPanel at = _figure.Panels[panel];
        object[]? range = RangeOf(panel);
        return new YAxis
        {
            Anchor = $"x{Suffix(panel)}",
            Domain = [low, high],
            AutoRange =
                range is null ? Plotly.Blazor.LayoutLib.YAxisLib.AutoRangeEnum.True : Plotly.Blazor.LayoutLib.YAxisLib.AutoRangeEnum.False,
            Range = range,
            Type = IsLog(panel) ? Plotly.Blazor.LayoutLib.YAxisLib.TypeEnum.Log : Plotly.Blazor.LayoutLib.YAxisLib.TypeEnum.Linear,
            TickFormat = at.TickFormat,
            LabelAlias = SignlessZero,
            NTicks = at.Height / PixelsPerTick,
            DTick = IsLog(panel) ? LogTicks(panel) : null,
            GridColor = _colors.Grid,
            LineColor = _colors.Line,
            ZeroLine = at.HasZeroLine,
            ZeroLineColor = _colors.SoftInk,
            ZeroLineWidth = 1,

            // A single point would otherwise be centred with negative values below it; only differences can be negative.
            RangeMode = MayBeNegative(panel)
                ? Plotly.Blazor.LayoutLib.YAxisLib.RangeModeEnum.Normal
                : Plotly.Blazor.LayoutLib.YAxisLib.RangeModeEnum.NonNegative,
            TickFont = new Plotly.Blazor.LayoutLib.YAxisLib.TickFont { Color = _colors.SoftInk },
        };
    }

    private Annotation PanelTitle(int panel, decimal high) => new()
    {
        Text = TitleText(panel),
        XRef = "paper",
        X = 0,
        XAnchor = Plotly.Blazor.LayoutLib.AnnotationLib.XAnchorEnum.Left,
        XShift = -50,
        YRef = "paper",
        Y = high,
        YAnchor = Plotly.Blazor.LayoutLib.AnnotationLib.YAnchorEnum.Bottom,
        YShift = 6, // above the label of a tick at the panel's upper end
        ShowArrow = false,
        Font = new Plotly.Blazor.LayoutLib.AnnotationLib.Font { Size = 13, Color = _colors.Ink },
    };

    private string TitleText(int panel)
    {
        ChartPanel at = _figure.Panels[panel];
        bool isClipped = _clipped[panel] is not null && !_figure.View.Zoom.Y.ContainsKey(at.Name);
        string soft = string.Join(" · ", new[] { at.Unit, isClipped ? "outliers clipped" : "" }.Where(text => text.Length > 0));
        string title = $"<b>{PlotlyTraces.Plain(at.Title)}</b>";
        return soft.Length == 0 ? title : $"{title}  <span style=\"color:{_colors.SoftInk}\">{PlotlyTraces.Plain(soft)}</span>";
    }
}
