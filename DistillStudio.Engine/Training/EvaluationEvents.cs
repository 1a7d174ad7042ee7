using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Runs;

namespace DistillStudio.Engine.Training;

internal static class EvaluationEvents
{
    /// <param name="result">The evaluation result.</param>
    /// <param name="step">Step of the weights.</param>
    /// <param name="split">Name of the split evaluated.</param>
    /// <param name="weights"><c>current</c>, <c>best</c> or <c>last</c>.</param>
    /// <param name="weightsSha256">Digest of the weights.</param>
    public static EvaluationCompleted ToEvent(this EvaluationResult result, int step, string split, string weights, string weightsSha256) =>
        new()
        {
            Step = step,
            Split = split,
            Weights = weights,
            Accuracy = result.Accuracy,
            Correct = result.Correct,
            Rows = result.Rows,
            LabelLoss = result.LabelLoss,
            RationaleLoss = result.RationaleLoss,
            Loss = result.Loss,
            Seconds = result.Seconds,
            WeightsSha256 = weightsSha256,
        };
}
