using System.Collections.Frozen;
using DistillStudio.Engine.Metrics;

namespace DistillStudio.TensorBoard;

/// <summary>A tag of another program's event files that is one of the studio's curves.</summary>
/// <param name="Metric">The curve; null for the epoch.</param>
/// <param name="IsOfTest">True if it was measured on the test rows during training, as the original code does.</param>
internal sealed record CurveTag(Metric? Metric, bool IsOfTest)
{
    private static readonly FrozenSet<string> Training = FrozenSet.Create("train", "training");
    private static readonly FrozenSet<string> Validation = FrozenSet.Create("eval", "evaluation", "valid", "validation", "val", "dev");

    private static readonly FrozenDictionary<string, StepMetric> OfSteps = new Dictionary<string, StepMetric>
    {
        ["loss"] = Metric.Loss,
        ["total_loss"] = Metric.Loss,
        ["label_loss"] = Metric.LabelLoss,
        ["pred_loss"] = Metric.LabelLoss,
        ["rationale_loss"] = Metric.RationaleLoss,
        ["expl_loss"] = Metric.RationaleLoss,
        ["learning_rate"] = Metric.LearningRate,
        ["lr"] = Metric.LearningRate,
        ["grad_norm"] = Metric.GradientNorm,
        ["gradient_norm"] = Metric.GradientNorm,
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, EvaluationMetric> OfEvaluations = new Dictionary<string, EvaluationMetric>
    {
        ["accuracy"] = Metric.ValidAccuracy,
        ["acc"] = Metric.ValidAccuracy,
        ["loss"] = Metric.ValidLoss,
        ["total_loss"] = Metric.ValidLoss,
        ["label_loss"] = Metric.ValidLabelLoss,
        ["pred_loss"] = Metric.ValidLabelLoss,
        ["rationale_loss"] = Metric.ValidRationaleLoss,
        ["expl_loss"] = Metric.ValidRationaleLoss,
    }.ToFrozenDictionary();

    /// <summary>
    /// Returns the curve that a tag denotes, such as <c>train/loss</c>, <c>eval/accuracy</c> or <c>eval/test_accuracy</c>, whatever its
    /// separators and case; null if it denotes none.
    /// </summary>
    public static CurveTag? Of(string tag)
    {
        string[] words = tag.ToLowerInvariant().Split(['/', '_', '-', '.', ' '], StringSplitOptions.RemoveEmptyEntries);
        bool isOfTest = words.Contains("test");
        bool isOfEvaluation = isOfTest || words.Any(Validation.Contains);
        string name = string.Join('_', words.Where(word => word != "test" && !Validation.Contains(word) && !Training.Contains(word)));
        return name == "epoch" ? new(null, false)
            : isOfEvaluation ? OfEvaluations.TryGetValue(name, out EvaluationMetric? evaluated) ? new(evaluated, isOfTest) : null
            : OfSteps.TryGetValue(name, out StepMetric? step) ? new(step, false) : null;
    }
}
