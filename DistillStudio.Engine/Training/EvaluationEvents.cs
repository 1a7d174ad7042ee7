using DistillStudio.Engine.Evaluation;

namespace DistillStudio.Engine.Training;

internal static class EvaluationEvents
{
    /// <param name="result">What was measured.</param>
    /// <param name="step">Of the weights.</param>
    /// <param name="split">Whose rows.</param>
    /// <param name="weights"><c>current</c>, <c>best</c> or <c>last</c>.</param>
    public static Evaluated ToEvent(this EvaluationResult result, int step, string split, string weights) => new(
        step,
        split,
        weights,
        result.Accuracy,
        result.Correct,
        result.Rows,
        result.LabelLoss,
        result.RationaleLoss,
        result.Loss,
        result.Seconds);
}
