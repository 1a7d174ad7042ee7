
namespace DistillStudio.Engine.Metrics;

/// <summary>A curve with one point per step: a stored column, or its amount per second.</summary>
public sealed class StepMetric : Metric
{
    public StepMetric() => IsSmoothed = true;

    /// <summary>Column that stores the values.</summary>
    public required StepColumn Column { get; init; }

    /// <summary>True if the column's amount is divided by the duration of the step.</summary>
    public bool IsPerSecond { get; init; }

    /// <summary>True if the column counts from the run's start; a step's own amount is the increase since the previous step.</summary>
    public bool IsRunningTotal { get; init; }

    /// <summary>Returns the metric's value for one step; null for a rate if no time has passed.</summary>
    /// <param name="value">Value of <see cref="Column"/>.</param>
    /// <param name="before">Value of the previous step, 0 for the first; used only for a running total.</param>
    /// <param name="seconds">Duration of the step; used only for a rate.</param>
    public double? Value(double value, double before, double seconds)
    {
        double amount = IsRunningTotal ? value - before : value;
        return !IsPerSecond ? amount : seconds > 0 ? amount / seconds : null;
    }
}
