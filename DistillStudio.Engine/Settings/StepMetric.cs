using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Training;

namespace DistillStudio.Engine.Settings;

/// <summary>A curve with a point for each step: a stored column, or its amount per second.</summary>
public sealed class StepMetric : Metric
{
    public StepMetric() => IsSmoothed = true;

    /// <summary>Where its values are kept.</summary>
    public required StepColumn Column { get; init; }

    /// <summary>The column's amount is divided by the time that the step took.</summary>
    public bool IsPerSecond { get; init; }

    /// <summary>The column counts from the run's start; a step's own amount is the increase since the step before.</summary>
    public bool IsRunningTotal { get; init; }

    /// <summary>The metric's value of one step. Returns null for a rate where no time has passed.</summary>
    /// <param name="value">Of <see cref="Column"/>.</param>
    /// <param name="before">The same of the step before, 0 for the first; only matters for a running total.</param>
    /// <param name="seconds">The time that the step took; only matters for a rate.</param>
    public double? Value(double value, double before, double seconds)
    {
        double amount = IsRunningTotal ? value - before : value;
        return !IsPerSecond ? amount : seconds > 0 ? amount / seconds : null;
    }
}
