using DistillStudio.Engine.Settings;

namespace DistillStudio.History;

/// <summary>Asks for curves of one run.</summary>
/// <param name="Axis">Null for steps.</param>
/// <param name="From">Lowest x wanted; null for the beginning.</param>
/// <param name="To">Highest x wanted; null for the end.</param>
/// <param name="MaxPoints">Points a curve may have in the answer, at least 8.</param>
/// <param name="Smoothing">Weight in [0, 1) of the average so far; 0 for no smoothed curve.</param>
public sealed record SeriesRequest(
    IReadOnlyList<Metric> Metrics,
    Axis? Axis = null,
    double? From = null,
    double? To = null,
    int MaxPoints = 1000,
    double Smoothing = 0);

/// <param name="Curves">In the order they were asked for.</param>
/// <param name="LastNumber">Number of the last event in them: follow the live feed from here.</param>
public sealed record SeriesResult(IReadOnlyList<Curve> Curves, long LastNumber);

/// <summary>One curve, thinned so that every peak and trough remains.</summary>
/// <param name="X">Ascending.</param>
/// <param name="Y">Null where the value is missing, infinite or not a number.</param>
/// <param name="Total">Points there are in the range before thinning.</param>
/// <param name="Smooth">
/// At the same x, the exponential average s = w s + (1 − w) y over all points from the run's first, before any was left out, which starts at
/// the first value; missing values are passed over. Null unless asked for, and for a metric that is not smoothed.
/// </param>
public sealed record Curve(Metric Metric, IReadOnlyList<double> X, IReadOnlyList<double?> Y, int Total, IReadOnlyList<double?>? Smooth = null);
