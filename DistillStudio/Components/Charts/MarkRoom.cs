using DistillStudio.Components.Presentation;

namespace DistillStudio.Components.Charts;

/// <summary>Leaves room for marks at the ends of a panel's y axis, where their halves would be cut off.</summary>
/// <param name="figure">The figure.</param>
/// <param name="index">Index of the panel.</param>
/// <param name="scale">Returns a value as the axis counts it, such as its logarithm.</param>
internal sealed class MarkRoom(ChartFigure figure, int index, Func<double, double> scale)
{
    /// <summary>Half the height of the largest mark, a ring, in CSS pixels.</summary>
    private const double Radius = 9;

    /// <summary>Height above values that are all equal, as Plotly gives them.</summary>
    private const double AroundOne = 1;

    private readonly double[] _marked = [.. Marked(figure, index).Where(double.IsFinite).Select(scale)];
    private readonly double _highest = Drawn(figure, index).Where(double.IsFinite).Select(scale).DefaultIfEmpty(0).Max();

    /// <summary>True if an axis that ends at 0 would cut off a mark.</summary>
    public bool IsNeededBelowZero => _marked.Length > 0 && Lowest < Radius * (Top - Lowest) / Height;

    /// <summary>Range of values that are all equal and near 0, which Plotly would show in the middle; null for others.</summary>
    public ChartRange? OfEqual => IsNeededBelowZero && _highest <= Lowest ? Widen(new(Lowest, Top)) : null;

    private ChartPanel Panel => figure.Panels[index];

    private double Height => Panel.Height;

    private double Lowest => _marked.Min();

    private double Top => _highest > Lowest ? _highest : Lowest + AroundOne;

    /// <summary>Returns a range whose ends cut off no mark within it.</summary>
    public ChartRange Widen(ChartRange range)
    {
        double[] within = [.. _marked.Where(y => y >= range.From && y <= range.To)];
        double room = Radius * (range.To - range.From) / Height;
        return within.Length == 0 ? range : new(Math.Min(range.From, within.Min() - room), Math.Max(range.To, within.Max() + room));
    }

    private static IEnumerable<double> Marked(ChartFigure figure, int index) =>
        figure.Visible.Where(series => series.Panel == index && PlotlyTraces.HasMarks(series))
            .SelectMany(series => series.Y.OfType<double>())
            .Concat(figure.PointMarks.Where(mark => mark.Panel == index && !figure.Hidden.Contains(mark.Group)).Select(mark => mark.Y))
            .Select(y => y * figure.Panels[index].Scale);

    private static IEnumerable<double> Drawn(ChartFigure figure, int index) =>
        figure.Visible.Where(series => series.Panel == index).SelectMany(series => series.Y.Concat(series.Smooth ?? []))
            .OfType<double>().Select(y => y * figure.Panels[index].Scale);
}
