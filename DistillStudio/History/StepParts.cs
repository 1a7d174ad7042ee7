using System.Collections.Immutable;
using DistillStudio.Engine.Metrics;

namespace DistillStudio.History;

/// <summary>
/// The parts in which a chunk's columns are stored, so that the curves of long runs are drawn without reading all columns.
/// </summary>
[Flags]
internal enum StepParts
{
    None = 0,

    /// <summary>The columns that the loss curves over steps need.</summary>
    Losses = 1,

    /// <summary>All other columns.</summary>
    Details = 2,

    All = Losses | Details,
}

internal static class StepColumnParts
{
    private static readonly ImmutableArray<StepColumn> Losses =
        [StepColumn.Step, StepColumn.LabelLoss, StepColumn.RationaleLoss, StepColumn.Loss];

    private static readonly ImmutableArray<StepColumn> Details = [.. StepColumn.All.Except(Losses)];

    /// <summary>Returns the columns of these parts.</summary>
    public static ImmutableArray<StepColumn> Columns(this StepParts parts) => parts switch
    {
        StepParts.Losses => Losses,
        StepParts.Details => Details,
        StepParts.All => StepColumn.All,
        _ => [],
    };

    /// <summary>Returns the parts that hold these columns.</summary>
    public static StepParts Parts(this IEnumerable<StepColumn> columns) =>
        columns.Aggregate(StepParts.None, (parts, column) => parts | (Losses.Contains(column) ? StepParts.Losses : StepParts.Details));
}
