namespace DistillStudio.Reports.Charts;

/// <summary>Determines which values the vertical axis of a chart must show.</summary>
internal static class ChartHeights
{
    /// <summary>
    /// Returns the values that the vertical axis must show: all lines and bars, and bands as far as they leave the lines readable.
    /// </summary>
    public static List<double> Of(IReadOnlyList<ChartLine> lines)
    {
        List<double> heights =
        [
            .. lines.SelectMany(line => line.Points).Where(point => point.IsDrawn).Select(point => point.Y!.Value),
            .. lines.Where(line => line.Role == LineRole.Whiskers)
            .SelectMany(line => line.Points)
            .Where(point => point.HasInterval)
            .SelectMany(point => new[] { point.Low!.Value, point.High!.Value }),
        ];
        if (heights.Count == 0)
        {
            return heights;
        }

        (double low, double high) = (heights.Min(), heights.Max());
        double room = (high - low) / 2;
        ChartPoint[] bands =
        [
            .. lines.Where(line => line.Role is LineRole.Main or LineRole.Marked)
            .SelectMany(line => line.Points)
            .Where(point => point.HasInterval),
        ];
        heights.AddRange(bands.Select(point => Math.Max(point.Low!.Value, low - room)));
        heights.AddRange(bands.Select(point => Math.Min(point.High!.Value, high + room)));
        return heights;
    }
}
