using DistillStudio.Engine.Metrics;

namespace DistillStudio.History;

/// <summary>Requests curves of one run.</summary>
/// <param name="Axis">Null for steps.</param>
/// <param name="From">Lowest x, inclusive; null for the beginning.</param>
/// <param name="To">Highest x, inclusive; null for the end.</param>
/// <param name="MaxPoints">Maximum number of points per curve, at least 8.</param>
/// <param name="Smoothing">Weight of the previous average, in [0, 1); 0 for no smoothed curve.</param>
public sealed record SeriesRequest(
    IReadOnlyList<Metric> Metrics,
    Axis? Axis = null,
    double? From = null,
    double? To = null,
    int MaxPoints = 1000,
    double Smoothing = 0);

/// <param name="Curves">Curves in the order of the requested metrics.</param>
/// <param name="LastNumber">Number of the last event included: the live feed continues from here.</param>
public sealed record SeriesResult(IReadOnlyList<Curve> Curves, long LastNumber);

/// <summary>One curve, downsampled such that peaks and troughs are kept.</summary>
/// <param name="X">Ascending.</param>
/// <param name="Y">Null for values that are missing, infinite or NaN.</param>
/// <param name="Total">Number of points in the range before downsampling.</param>
/// <param name="Smooth">
/// <see cref="DebiasedAverage"/> at the same x, over all points of the run before downsampling; missing values are skipped. Null unless
/// requested, and for a metric that is not smoothed.
/// </param>
public sealed record Curve(
    Metric Metric, IReadOnlyList<double> X, IReadOnlyList<double?> Y, int Total, IReadOnlyList<double?>? Smooth = null)
{
    /// <summary>The average after the last point, which later points continue.</summary>
    public DebiasedAverage Average { get; init; }

    /// <summary>Step of each point; empty if the axis counts steps.</summary>
    public IReadOnlyList<double> Steps { get; init; } = [];
}
