using DistillStudio.Components.Interactivity;
using DistillStudio.Components.Presentation;

namespace DistillStudio.Components.Charts;

/// <summary>Saves a drawn figure for a paper: on white, as wide as a page's text, with legend and caption.</summary>
internal static class PaperFigure
{
    /// <param name="script">The browser that drew the figure.</param>
    /// <param name="figure">The figure.</param>
    /// <param name="id">Id of its element.</param>
    /// <param name="name">Name of the file, without extension.</param>
    /// <param name="format"><c>svg</c> or <c>png</c>.</param>
    public static Task SaveAsync(BrowserInterop script, ChartFigure figure, string id, string name, string format)
    {
        ChartColors colors = ChartColors.Of(isDark: false);
        return script.CallAsync("saveFigure", id, name, format, new
        {
            figure.Caption,
            Traces = new PlotlyFigure(figure, isDark: false).Colors,
            Legend = figure.Legend.Where(entry => !figure.Hidden.Contains(entry.Key)).Select(entry => new
            {
                entry.Name,
                Color = SeriesPalette.Of(entry.Look.Color, isDark: false),
                Dash = entry.HasLine ? entry.Look.DashArray : null,
                Mark = entry.HasMarks ? entry.Look.MarkPath : null,
            }),
            colors.Ink,
            colors.SoftInk,
            colors.Grid,
            colors.Line,
            colors.Surface,
            Font = ChartColors.FontFamily,
        });
    }
}
