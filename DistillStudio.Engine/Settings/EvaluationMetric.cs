using DistillStudio.Engine.Data;
using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Training;

namespace DistillStudio.Engine.Settings;

/// <summary>A curve with a point for each evaluation on validation.</summary>
public sealed class EvaluationMetric : Metric
{
    /// <summary>Where its values stand in an evaluation.</summary>
    public required EvaluationColumn Column { get; init; }

    /// <summary>Whether the evaluation is a point of the curves. Those on the test split come once, at the end.</summary>
    public static bool IsPoint(EvaluationCompleted look) => look.Split == Dataset.Valid;
}
