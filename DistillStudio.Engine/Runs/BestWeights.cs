
namespace DistillStudio.Engine.Runs;

/// <summary>
/// The best weights on validation so far. Every report of the best evaluation uses this record, so that all of them refer to the weights
/// that are kept.
/// </summary>
/// <param name="Accuracy">Validation accuracy, in [0, 1].</param>
/// <param name="LabelLoss">Validation loss per label token; NaN counts as the worst.</param>
public sealed record BestWeights(int Step, double Accuracy, double LabelLoss)
{
    /// <summary>Returns the better of the best weights so far and the weights of a validation evaluation.</summary>
    /// <param name="before">The best so far; null for none.</param>
    /// <param name="evaluation">An evaluation on validation.</param>
    public static BestWeights Of(BestWeights? before, EvaluationCompleted evaluation)
    {
        var now = new BestWeights(evaluation.Step, evaluation.Accuracy, evaluation.LabelLoss);
        return before is null || now.IsBetterThan(before) ? now : before;
    }

    /// <summary>
    /// Prefers the higher accuracy; then the lower label loss, since early evaluations often tie at accuracy 0; then the earlier step.
    /// </summary>
    public bool IsBetterThan(BestWeights other) => Rank.CompareTo(other.Rank) > 0;

    private (double Accuracy, double Loss, int Step) Rank =>
        (Accuracy, double.IsNaN(LabelLoss) ? double.NegativeInfinity : -LabelLoss, -Step);
}
