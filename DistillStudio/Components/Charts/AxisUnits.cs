using DistillStudio.Engine.Metrics;

namespace DistillStudio.Components.Charts;

public static class AxisUnits
{
    /// <summary>Returns the most readable unit for an axis that ends at <paramref name="end"/>.</summary>
    public static AxisUnit Choose(Axis axis, double end) => (axis.IsTime, end) switch
    {
        (false, _) => new(axis.Unit, IsWhole: axis.IsWhole),
        (true, > 2 * 3600) => new($"{axis.Unit} (hours)", 3600),
        (true, > 3 * 60) => new($"{axis.Unit} (minutes)", 60),
        _ => new($"{axis.Unit} (seconds)"),
    };
}
