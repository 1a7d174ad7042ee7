using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runs;

namespace DistillStudio.Engine.Metrics;

/// <summary>A curve with one point per evaluation on validation.</summary>
public sealed class EvaluationMetric : Metric
{
    /// <summary>Column that holds the values.</summary>
    public required EvaluationColumn Column { get; init; }

    /// <summary>Returns true if the evaluation is a point of the curves. Evaluations on the test split occur once, at the end.</summary>
    public static bool IsPoint(EvaluationCompleted evaluation) => evaluation.Split == Dataset.Valid;
}
