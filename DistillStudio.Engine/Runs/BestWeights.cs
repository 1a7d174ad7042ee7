using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;

namespace DistillStudio.Engine.Runs;

/// <summary>The weights that are best on validation so far. Whoever names a best evaluation takes it from here, so that all name the weights that are kept.</summary>
/// <param name="Accuracy">On validation, in [0, 1].</param>
/// <param name="LabelLoss">On validation, per token; not a number counts as the worst.</param>
public sealed record BestWeights(int Step, double Accuracy, double LabelLoss)
{
    /// <summary>The better of the best so far and what an evaluation of validation found.</summary>
    /// <param name="before">Null for none.</param>
    /// <param name="look">Of validation.</param>
    public static BestWeights Of(BestWeights? before, EvaluationCompleted look)
    {
        var now = new BestWeights(look.Step, look.Accuracy, look.LabelLoss);
        return before is null || now.IsBetterThan(before) ? now : before;
    }

    /// <summary>The higher accuracy is better; of equal ones the lower label loss, since early evaluations often tie at nothing right; of equal losses the earlier step.</summary>
    public bool IsBetterThan(BestWeights other) => Rank.CompareTo(other.Rank) > 0;

    private (double Accuracy, double Loss, int Step) Rank => (Accuracy, double.IsNaN(LabelLoss) ? double.NegativeInfinity : -LabelLoss, -Step);
}
