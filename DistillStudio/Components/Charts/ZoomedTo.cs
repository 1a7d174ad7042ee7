using System.Text.Json;
using DistillStudio.Components.Presentation;

namespace DistillStudio.Components.Charts;

/// <summary>Reads the zoom that the user set from Plotly's relayout event.</summary>
internal static class ZoomedTo
{
    /// <summary>Returns null for any other event.</summary>
    /// <param name="figure">The figure, with the zoom before.</param>
    /// <param name="changes">Changed properties of the layout by their paths.</param>
    public static ChartZoom? Read(ChartFigure figure, IDictionary<string, JsonElement> changes)
    {
        ChartZoom zoom = figure.View.Zoom;
        bool isZoom = false;
        for (int i = 0; i < figure.Panels.Count; i++)
        {
            string x = $"xaxis{PlotlyAxes.Suffix(i)}", y = $"yaxis{PlotlyAxes.Suffix(i)}";
            if (RangeOf(changes, x) is { } wide)
            {
                double divisor = figure.XUnit.Divisor;
                (zoom, isZoom) = (zoom with { X = Within(wide.From * divisor, wide.To * divisor) }, true);
            }
            else if (changes.ContainsKey($"{x}.autorange"))
            {
                (zoom, isZoom) = (zoom with { X = null }, true);
            }

            ChartPanel panel = figure.Panels[i];
            if (RangeOf(changes, y) is { } high)
            {
                bool isLog = figure.View.IsLog && panel.MayBeLog;
                (zoom, isZoom) = (zoom with { Y = zoom.Y.SetItem(panel.Name, isLog ? Powers(high) : high) }, true);
            }
            else if (changes.ContainsKey($"{y}.autorange"))
            {
                (zoom, isZoom) = (zoom with { Y = zoom.Y.Remove(panel.Name) }, true);
            }
        }

        return isZoom ? zoom : null;
    }

    /// <summary>Returns a range clipped to begin at 0 or above; null for one that ends before 0.</summary>
    private static ChartRange? Within(double from, double to) => to <= 0 ? null : new(Math.Max(0, from), to);

    private static ChartRange Powers(ChartRange range) => new(Math.Pow(10, range.From), Math.Pow(10, range.To));

    /// <summary>Reads a range from its ends, which arrive separately or as a list.</summary>
    private static ChartRange? RangeOf(IDictionary<string, JsonElement> changes, string axis)
    {
        (double? from, double? to) = changes.TryGetValue($"{axis}.range", out JsonElement range)
            && range is { ValueKind: JsonValueKind.Array } && range.GetArrayLength() == 2
            ? (Number(range[0]), Number(range[1]))
            : (End(0), End(1));
        return from is { } low && to is { } high && low < high ? new(low, high) : null;

        double? End(int index) => changes.TryGetValue($"{axis}.range[{index}]", out JsonElement end) ? Number(end) : null;
    }

    private static double? Number(JsonElement value) => value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
}
