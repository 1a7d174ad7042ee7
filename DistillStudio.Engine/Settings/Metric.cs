using DistillStudio.Engine.Data.Recipes;
using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Training;

namespace DistillStudio.Engine.Settings;

/// <summary>
/// Everything there is to know about one curve of a run. History, charts, downloads and exports read this table,
/// so that a new metric is one entry here, its use in training, its panel, and a test.
/// </summary>
public abstract class Metric
{
    public static StepMetric LabelLoss { get; } = new()
    {
        Name = "label_loss",
        Title = "Label loss",
        Unit = "per token",
        Column = StepColumn.LabelLoss,
    };

    public static StepMetric RationaleLoss { get; } = new()
    {
        Name = "rationale_loss",
        Title = "Rationale loss",
        Unit = "per token",
        Column = StepColumn.RationaleLoss,
        Applies = LearnsRationales,
    };

    public static StepMetric Loss { get; } = new()
    {
        Name = "loss",
        Title = "Total loss",
        Unit = "what is minimised",
        Column = StepColumn.Loss,
    };

    public static StepMetric LearningRate { get; } = new()
    {
        Name = "learning_rate",
        Title = "Learning rate",
        Column = StepColumn.LearningRate,
    };

    public static StepMetric GradientNorm { get; } = new()
    {
        Name = "gradient_norm",
        Title = "Gradient norm",
        Unit = "before clipping",
        Column = StepColumn.GradientNorm,
    };

    /// <summary>Unpadded input and target tokens.</summary>
    public static StepMetric TokensPerSecond { get; } = new()
    {
        Name = "tokens_per_second",
        Title = "Throughput",
        Unit = "tokens per second",
        Column = StepColumn.Tokens,
        IsPerSecond = true,
    };

    public static StepMetric ExamplesPerSecond { get; } = new()
    {
        Name = "examples_per_second",
        Title = "Rows per second",
        Column = StepColumn.Examples,
        IsPerSecond = true,
        IsRunningTotal = true,
    };

    public static StepMetric StepSeconds { get; } = new()
    {
        Name = "step_seconds",
        Title = "Time of a step",
        Unit = "seconds",
        Column = StepColumn.Seconds,
    };

    public static StepMetric MemoryBytes { get; } = new()
    {
        Name = "memory_bytes",
        Title = "Memory",
        Unit = "GB",
        Scale = 1.0 / ByteSize.GB,
        Column = StepColumn.MemoryBytes,
    };

    /// <summary>Cores the process kept busy.</summary>
    public static StepMetric CpuCores { get; } = new()
    {
        Name = "cpu_cores",
        Title = "CPU",
        Unit = "cores busy",
        Column = StepColumn.CpuCores,
        MayBeUnmeasured = true,
    };

    /// <summary>In [0, 1].</summary>
    public static StepMetric GpuUse { get; } = new()
    {
        Name = "gpu_use",
        Title = "GPU",
        Unit = "share of the time busy",
        Column = StepColumn.GpuUse,
        MayBeUnmeasured = true,
        Applies = (_, device) => device.StartsWith("cuda", StringComparison.Ordinal),
    };

    public static EvaluationMetric ValidLabelLoss { get; } = new()
    {
        Name = "valid_label_loss",
        Title = LabelLoss.Title,
        Unit = LabelLoss.Unit,
        Column = EvaluationColumn.LabelLoss,
    };

    public static EvaluationMetric ValidRationaleLoss { get; } = new()
    {
        Name = "valid_rationale_loss",
        Title = RationaleLoss.Title,
        Unit = RationaleLoss.Unit,
        Column = EvaluationColumn.RationaleLoss,
        Applies = LearnsRationales,
    };

    public static EvaluationMetric ValidLoss { get; } = new()
    {
        Name = "valid_loss",
        Title = Loss.Title,
        Unit = Loss.Unit,
        Column = EvaluationColumn.Loss,
    };

    /// <summary>In [0, 1].</summary>
    public static EvaluationMetric ValidAccuracy { get; } = new()
    {
        Name = "valid_accuracy",
        Title = "Accuracy",
        Unit = "on validation",
        Column = EvaluationColumn.Accuracy,
    };

    /// <summary>Metrics with a point for each step.</summary>
    public static IReadOnlyList<StepMetric> OfSteps { get; } =
    [
        LabelLoss, RationaleLoss, Loss, LearningRate, GradientNorm,
        TokensPerSecond, ExamplesPerSecond, StepSeconds, MemoryBytes, CpuCores, GpuUse,
    ];

    /// <summary>Metrics with a point for each evaluation on validation.</summary>
    public static IReadOnlyList<EvaluationMetric> OfEvaluations { get; } = [ValidLabelLoss, ValidRationaleLoss, ValidLoss, ValidAccuracy];

    public static IReadOnlyList<Metric> All { get; } = [.. OfSteps, .. OfEvaluations];

    /// <summary>Unique, in snake case: names the curve where programs read it.</summary>
    public required string Name { get; init; }

    /// <summary>Names the curve for people.</summary>
    public required string Title { get; init; }

    /// <summary>Follows the title: the unit, or what is measured; empty where the title says all.</summary>
    public string Unit { get; init; } = "";

    /// <summary>Factor from a stored value to one in <see cref="Unit"/>.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>A moving average makes the curve easier to read.</summary>
    public bool IsSmoothed { get; init; }

    /// <summary>Some machines and earlier programs do not measure it: if a run's first step has no value, none will come.</summary>
    public bool MayBeUnmeasured { get; init; }

    /// <summary>Whether a run with these settings can have it on the device, which is named as in <see cref="Started.Device"/>.</summary>
    public Func<RunSpec, string, bool> Applies { get; init; } = (_, _) => true;

    public override string ToString() => Name;

    private static bool LearnsRationales(RunSpec spec, string device) => spec.Method != MethodNames.Standard;
}
