using DistillStudio.Engine.Runs;

namespace DistillStudio.Engine.Training;

/// <summary>
/// Counts examples and epochs by step. A branch with other rows than its parent run continues that run's counts, so that the curves over
/// examples and epochs also join.
/// </summary>
/// <param name="order">Examples of each step.</param>
/// <param name="rows">Number of training rows; at least 1.</param>
/// <param name="branch">Where the run branched from another; null for none.</param>
internal sealed class ExampleCount(BatchOrder order, int rows, BranchPoint? branch)
{
    // with the same rows, both ways of counting are equal, and this one also to the last bit
    private readonly BranchPoint? _from =
        branch is null || (order.RowsBefore(branch.Step) == branch.Examples && branch.Epoch.Equals((double)branch.Examples / rows))
            ? null
            : branch;

    /// <summary>Returns the number of examples used up to a step, not before the branch point.</summary>
    public long Examples(int step) =>
        _from is null ? order.RowsBefore(step) : _from.Examples + order.RowsBefore(step) - order.RowsBefore(_from.Step);

    /// <summary>Returns the number of passes over the training rows up to a step, not before the branch point.</summary>
    public double Epoch(int step) =>
        _from is null ? (double)Examples(step) / rows : _from.Epoch + ((double)(Examples(step) - _from.Examples) / rows);
}
