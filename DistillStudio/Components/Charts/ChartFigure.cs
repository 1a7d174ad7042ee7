using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Statistics;

namespace DistillStudio.Components.Charts;

/// <summary>The content of a figure, independent of the rendering library.</summary>
/// <param name="Panels">Panels, top to bottom, over one shared x axis.</param>
/// <param name="Series">Curves in drawing order; later ones are drawn on top.</param>
/// <param name="View">Axis, scale, smoothing and range of the figure.</param>
/// <param name="XUnit">Unit of the x axis.</param>
public sealed record ChartFigure(IReadOnlyList<ChartPanel> Panels, IReadOnlyList<ChartSeries> Series, ChartView View, AxisUnit XUnit)
{
    /// <summary>Positions marked by a line through all panels, in the axis's base unit.</summary>
    public IReadOnlyList<ChartMark> Marks { get; init; } = [];

    /// <summary>Marks on the curves: best values and exported weights.</summary>
    public IReadOnlyList<PointMark> PointMarks { get; init; } = [];

    /// <summary>The legend: groups of curves that are hidden and highlighted together.</summary>
    public IReadOnlyList<LegendEntry> Legend { get; init; } = [];

    /// <summary>Keys of the groups that are not drawn. They stay in the figure, so that showing them again needs no data.</summary>
    public IReadOnlyCollection<string> Hidden { get; init; } = [];

    /// <summary>One sentence for a saved figure: what is drawn, and how.</summary>
    public string Caption { get; init; } = "";

    /// <summary>Number format of x in the read-out, in d3 syntax; null for that of the view's axis.</summary>
    public string? XHoverFormat { get; init; }

    /// <summary>The curves that are drawn.</summary>
    public IEnumerable<ChartSeries> Visible => Series.Where(series => !Hidden.Contains(series.Group));

    /// <summary>True if there are no points yet; the axes then have default ranges.</summary>
    public bool IsEmpty => Series.All(s => s.X.Count == 0);

    /// <summary>Number of points of the longest curve, as shown and before downsampling.</summary>
    public (int Shown, int Total) Points =>
        !Visible.Any() ? (0, 0) : Visible.Select(s => (Shown: s.X.Count, s.Total)).MaxBy(s => s.Total);
}

/// <param name="Text">Short label beside the line.</param>
public sealed record ChartMark(double X, string Text);

/// <summary>A marked point of a curve.</summary>
/// <param name="Group">Group of the curve.</param>
/// <param name="Panel">Index of the panel.</param>
/// <param name="X">In the axis's base unit.</param>
/// <param name="Y">In the unit of the curve's values.</param>
/// <param name="Kind">What it marks.</param>
/// <param name="Color">Slot in the palette.</param>
public sealed record PointMark(string Group, int Panel, double X, double Y, PointKind Kind, int Color);

public enum PointKind
{
    /// <summary>The best value of the run on validation.</summary>
    Best,

    /// <summary>The weights that the run exported.</summary>
    Exported,
}

/// <summary>A name in the legend.</summary>
/// <param name="Key">Key of the group of curves.</param>
public sealed record LegendEntry(string Key, string Name, SeriesLook Look)
{
    /// <summary>True if the curves have marks.</summary>
    public bool HasMarks { get; init; }

    /// <summary>True if the curves have lines.</summary>
    public bool HasLine { get; init; } = true;
}

public enum SeriesStyle
{
    /// <summary>Many points: a solid line, with the smoothed curve over the faint raw one.</summary>
    Training,

    /// <summary>One point per evaluation, next to a training curve: a thin line with markers.</summary>
    Validation,

    /// <summary>One point per evaluation: a solid line with markers.</summary>
    Headline,

    /// <summary>One of many runs behind their mean: a thin, faint line without markers or hover label.</summary>
    Faint,

    /// <summary>Published figures: hollow marks.</summary>
    Published,
}

/// <summary>How the intervals of a curve's points are drawn.</summary>
public enum IntervalStyle
{
    /// <summary>A band behind the curve.</summary>
    Band,

    /// <summary>A bar at each point, where nothing is known between points.</summary>
    Bars,
}

/// <param name="Key">Key, unique in the figure and stable across redraws.</param>
/// <param name="Name">Display name.</param>
/// <param name="Panel">Index of the panel.</param>
/// <param name="Color">Slot in the palette.</param>
/// <param name="Style">Line style.</param>
/// <param name="X">x values, ascending, in the axis's base unit.</param>
/// <param name="Y">y values; null where there is no value to draw.</param>
/// <param name="Smooth">The smoothed curve at the same x; null for none.</param>
/// <param name="Total">Number of points before downsampling.</param>
public sealed record ChartSeries(
    string Key,
    string Name,
    int Panel,
    int Color,
    SeriesStyle Style,
    IReadOnlyList<double> X,
    IReadOnlyList<double?> Y,
    IReadOnlyList<double?>? Smooth,
    int Total)
{
    /// <summary>Interval of each point, null for a point without one; empty for a curve without intervals.</summary>
    public IReadOnlyList<ConfidenceInterval?> Intervals { get; init; } = [];

    public IntervalStyle IntervalStyle { get; init; }

    /// <summary>Key of the group in the legend.</summary>
    public string Group { get; init; } = Key;

    /// <summary>Name in the read-out; curves of a panel with one name share a line there.</summary>
    public string Row { get; init; } = Name;

    public SeriesLook Look { get; init; } = SeriesLook.Of(Color);

    /// <summary>Step of each point; empty if the axis counts steps or has none.</summary>
    public IReadOnlyList<double> Steps { get; init; } = [];

    /// <summary>Steps of the run's epoch; null if unknown.</summary>
    public double? StepsPerEpoch { get; init; }
}

/// <summary>Points to append to a curve.</summary>
public sealed record ChartDelta(string Key, IReadOnlyList<double> X, IReadOnlyList<double?> Y, IReadOnlyList<double?>? Smooth);

/// <summary>Title and unit of the x axis.</summary>
/// <param name="Title">Axis title, including the unit.</param>
/// <param name="Divisor">Divisor from the axis's base unit to the displayed unit.</param>
/// <param name="IsWhole">True if only whole numbers are meaningful, as for a count.</param>
public sealed record AxisUnit(string Title, double Divisor = 1, bool IsWhole = false);
