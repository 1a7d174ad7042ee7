namespace DistillStudio.Components.Charts;

/// <summary>
/// Keeps the ticks of an axis that counts at whole numbers. The browser does the same while a user zooms and points are added, see
/// <c>axes.js</c>.
/// </summary>
internal static class WholeTicks
{
    /// <summary>Width of the widest range that Plotly, which draws up to ten ticks, would divide between whole numbers.</summary>
    private const double Widest = 5;

    /// <summary>Returns the distance between the ticks of the x axis; null if Plotly's choice is a whole number, or may be any.</summary>
    public static object? DistanceOf(ChartFigure figure)
    {
        if (!figure.XUnit.IsWhole || figure.IsEmpty)
        {
            return null;
        }

        ChartRange shown = figure.View.Zoom.X ?? Ends([.. figure.Visible.Select(series => series.X).Where(x => x.Count > 0)]);
        return shown.To - shown.From <= Widest ? 1 : null;
    }

    private static ChartRange Ends(IReadOnlyList<double>[] curves) =>
        curves.Length == 0 ? new(0, 0) : new(curves.Min(x => x[0]), curves.Max(x => x[^1]));
}
