using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Training;

namespace DistillStudio.Engine.Settings;

/// <summary>The average that smooths curves and rates: s = w s + (1 − w) y, which starts at the first value.</summary>
public static class ExponentialAverage
{
    /// <summary>Returns the average after one more value; a value that is missing or not finite leaves it as it was.</summary>
    /// <param name="before">Null before the first value.</param>
    /// <param name="value">The next one.</param>
    /// <param name="weight">Of the past, in [0, 1): about the last 1 / (1 − weight) values count.</param>
    public static double? Next(double? before, double? value, double weight) =>
        value is not { } y || !double.IsFinite(y) ? before : before is { } s ? (weight * s) + ((1 - weight) * y) : y;
}
