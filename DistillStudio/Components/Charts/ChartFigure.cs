namespace DistillStudio.Components.Charts;

/// <summary>What a figure shows, before anything is said about how it is drawn.</summary>
/// <param name="Panels">Top to bottom, over one shared x axis.</param>
/// <param name="Series">In drawing order; the later lies on top.</param>
/// <param name="View">How it is looked at.</param>
/// <param name="XUnit">What the x axis counts.</param>
public sealed record ChartFigure(IReadOnlyList<ChartPanel> Panels, IReadOnlyList<ChartSeries> Series, ChartView View, AxisUnit XUnit)
{
    /// <summary>Places on the x axis worth a line through all panels, in the axis's own unit.</summary>
    public IReadOnlyList<ChartMark> Marks { get; init; } = [];

    /// <summary>There is nothing to see yet: its axes stand where nothing pulls at them.</summary>
    public bool IsEmpty => Series.All(s => s.X.Count == 0);

    /// <summary>Most points that a curve shows, and the most it would have if none were left out.</summary>
    public (int Shown, int Total) Points =>
        Series.Count == 0 ? (0, 0) : Series.Select(s => (Shown: s.X.Count, s.Total)).MaxBy(s => s.Total);
}

/// <param name="Text">A word or two beside the line.</param>
public sealed record ChartMark(double X, string Text);

/// <summary>One stretch of the y direction with its own scale.</summary>
/// <param name="Title">Names what is drawn.</param>
/// <param name="Unit">Said after the title; empty where the title says all.</param>
/// <param name="TickFormat">d3's spelling.</param>
/// <param name="HoverFormat">d3's spelling.</param>
/// <param name="Scale">What the figures are multiplied with before they are drawn.</param>
/// <param name="MayBeLog">A logarithmic axis makes sense.</param>
/// <param name="HasZeroLine">Zero means something: a difference.</param>
/// <param name="Height">In CSS pixels.</param>
public sealed record ChartPanel(
    string Title,
    string Unit,
    string TickFormat,
    string HoverFormat,
    double Scale = 1,
    bool MayBeLog = false,
    bool HasZeroLine = false,
    int Height = 150)
{
    /// <summary>What its axis shows while there is no point, as drawn.</summary>
    public (double Low, double High) WhenEmpty { get; init; } = (0, 1);
}

public enum SeriesStyle
{
    /// <summary>Many points: a plain line, smoothed over its faint self.</summary>
    Training,

    /// <summary>A point an evaluation: a dashed line with marks.</summary>
    Validation,

    /// <summary>A point an evaluation: a full line with marks.</summary>
    Headline,
}

/// <param name="Key">Unique in the figure, and the same from one drawing to the next.</param>
/// <param name="Name">What a reader sees.</param>
/// <param name="Panel">Index of its panel.</param>
/// <param name="Color">Slot in the palette.</param>
/// <param name="Style">What kind of points they are.</param>
/// <param name="X">Ascending, in the axis's own unit.</param>
/// <param name="Y">Null where there is nothing to draw.</param>
/// <param name="Smooth">The smoothed curve at the same x; null for none.</param>
/// <param name="Total">Points before any were left out.</param>
public sealed record ChartSeries(
    string Key,
    string Name,
    int Panel,
    int Color,
    SeriesStyle Style,
    IReadOnlyList<double> X,
    IReadOnlyList<double?> Y,
    IReadOnlyList<double?>? Smooth,
    int Total);

/// <summary>Points to add at the end of a curve.</summary>
public sealed record ChartDelta(string Key, IReadOnlyList<double> X, IReadOnlyList<double?> Y, IReadOnlyList<double?>? Smooth);

/// <summary>What the x axis counts and in which unit.</summary>
/// <param name="Title">With its unit.</param>
/// <param name="Divisor">From the axis's own unit to the one shown.</param>
public sealed record AxisUnit(string Title, double Divisor = 1);
