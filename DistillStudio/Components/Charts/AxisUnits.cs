using DistillStudio.History;

namespace DistillStudio.Components.Charts;

public static class AxisUnits
{
    /// <summary>The unit in which an axis that reaches <paramref name="end"/> reads best.</summary>
    public static AxisUnit Choose(Axis axis, double end) => axis switch
    {
        Axis.Step => new("step"),
        Axis.Epoch => new("epoch"),
        Axis.Examples => new("rows seen"),
        _ => end switch
        {
            > 2 * 3600 => new("time (hours)", 3600),
            > 3 * 60 => new("time (minutes)", 60),
            _ => new("time (seconds)"),
        },
    };

    public static string Name(Axis axis) => axis switch
    {
        Axis.Step => "Step",
        Axis.Epoch => "Epoch",
        Axis.Examples => "Rows",
        _ => "Time",
    };
}
