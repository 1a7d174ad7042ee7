
namespace DistillStudio.Engine.Metrics;

/// <summary>Exponential moving average of rates: s = w s + (1 − w) y, initialised with the first value.</summary>
public static class ExponentialAverage
{
    /// <summary>Returns the average after one more value; a missing or non-finite value leaves it unchanged.</summary>
    /// <param name="before">Average so far; null before the first value.</param>
    /// <param name="value">The next value.</param>
    /// <param name="weight">Weight of the past, in [0, 1): roughly the last 1 / (1 − weight) values count.</param>
    public static double? Next(double? before, double? value, double weight) =>
        value is not { } y || !double.IsFinite(y) ? before : before is { } s ? (weight * s) + ((1 - weight) * y) : y;
}
