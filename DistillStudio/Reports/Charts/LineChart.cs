namespace DistillStudio.Reports.Charts;

/// <summary>A figure of lines over a common horizontal axis.</summary>
/// <param name="Title">What the vertical axis measures.</param>
/// <param name="Unit">Unit of the vertical axis, or how it was measured; empty if the title suffices.</param>
/// <param name="XTitle">Title of the horizontal axis, with its unit.</param>
/// <param name="Lines">In drawing order; later ones are drawn on top.</param>
internal sealed record LineChart(string Title, string Unit, string XTitle, IReadOnlyList<ChartLine> Lines)
{
    public AxisFormat X { get; init; } = AxisFormat.Number;

    public AxisFormat Y { get; init; } = AxisFormat.Number;

    /// <summary>Number of points up to which a curve is drawn; more would not be seen at the figure's width.</summary>
    public const int MostPoints = 400;
}

/// <summary>How an axis is divided and its numbers are written.</summary>
internal enum AxisFormat
{
    /// <summary>Logarithmic where positive values span more than a factor of 30.</summary>
    Number,

    /// <summary>Whole numbers from 0.</summary>
    Count,

    /// <summary>Shares in [0, 1], written in percent.</summary>
    Percent,
}

/// <param name="Name">Name in the legend; null for a line that belongs to another one.</param>
/// <param name="Slot">Place in the palette of colours.</param>
/// <param name="Points">In order of x.</param>
internal sealed record ChartLine(string? Name, int Slot, IReadOnlyList<ChartPoint> Points, LineRole Role = LineRole.Main)
{
    /// <summary>Place in the dashes, which distinguish lines of one colour and, in black and white, all.</summary>
    public int Dash { get; init; } = Slot;
}

internal enum LineRole
{
    /// <summary>A line, with a band where its points have an interval.</summary>
    Main,

    /// <summary>A line with a circle at each point.</summary>
    Marked,

    /// <summary>A line with a disc at each point, and the points' intervals as bars.</summary>
    Whiskers,

    /// <summary>A thin, pale line behind the others.</summary>
    Faint,

    /// <summary>Hollow squares without a line: published figures.</summary>
    Published,
}

/// <param name="Y">Null, not finite or beyond 1e100 for a gap.</param>
/// <param name="Low">Lower end of the interval; null for none.</param>
/// <param name="High">Upper end of the interval.</param>
internal readonly record struct ChartPoint(double X, double? Y, double? Low = null, double? High = null)
{
    private const double Largest = 1e100;

    /// <summary>Returns true if the point can be drawn.</summary>
    public bool IsDrawn => Math.Abs(X) <= Largest && Y is { } y && Math.Abs(y) <= Largest;

    /// <summary>Returns true if the point can be drawn with its interval.</summary>
    public bool HasInterval => IsDrawn && Low is { } low && High is { } high && Math.Abs(low) <= Largest && Math.Abs(high) <= Largest;
}
