using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Metrics;

/// <summary>
/// Definition of one curve of a run. History, charts, downloads and exports read this table, so that a new metric needs only one entry
/// here, its use in training, its panel, and a test.
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
        Unit = "minimised",
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

    /// <summary>Unpadded input and target tokens per second.</summary>
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
        Title = "Examples per second",
        Column = StepColumn.Examples,
        IsPerSecond = true,
        IsRunningTotal = true,
    };

    public static StepMetric StepSeconds { get; } = new()
    {
        Name = "step_seconds",
        Title = "Step time",
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

    /// <summary>Average number of processor cores used by the process.</summary>
    public static StepMetric CpuCores { get; } = new()
    {
        Name = "cpu_cores",
        Title = "CPU",
        Unit = "cores busy",
        Column = StepColumn.CpuCores,
        MayBeUnmeasured = true,
    };

    /// <summary>Fraction of time that the GPU was busy, in [0, 1].</summary>
    public static StepMetric GpuUse { get; } = new()
    {
        Name = "gpu_use",
        Title = "GPU",
        Unit = "utilisation",
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

    /// <summary>Accuracy, in [0, 1].</summary>
    public static EvaluationMetric ValidAccuracy { get; } = new()
    {
        Name = "valid_accuracy",
        Title = "Accuracy",
        Unit = "on validation",
        Column = EvaluationColumn.Accuracy,
    };

    /// <summary>Metrics with one point per step.</summary>
    public static IReadOnlyList<StepMetric> OfSteps { get; } =
    [
        LabelLoss, RationaleLoss, Loss, LearningRate, GradientNorm,
        TokensPerSecond, ExamplesPerSecond, StepSeconds, MemoryBytes, CpuCores, GpuUse,
    ];

    /// <summary>Metrics with one point per evaluation on validation.</summary>
    public static IReadOnlyList<EvaluationMetric> OfEvaluations { get; } = [ValidLabelLoss, ValidRationaleLoss, ValidLoss, ValidAccuracy];

    public static IReadOnlyList<Metric> All { get; } = [.. OfSteps, .. OfEvaluations];

    /// <summary>Unique name in snake case, read by programs.</summary>
    public required string Name { get; init; }

    /// <summary>Display name of the curve.</summary>
    public required string Title { get; init; }

    /// <summary>Shown after the title: the unit, or what is measured; empty if the title suffices.</summary>
    public string Unit { get; init; } = "";

    /// <summary>Factor that converts a stored value to <see cref="Unit"/>.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>True if the curve is shown with a moving average.</summary>
    public bool IsSmoothed { get; init; }

    /// <summary>
    /// True if some machines or earlier programs do not measure it: if a run's first step has no value, no later step has one.
    /// </summary>
    public bool MayBeUnmeasured { get; init; }

    /// <summary>
    /// Returns true if a run with these settings can have the metric on the device, named as in <see cref="Started.Device"/>.
    /// </summary>
    public Func<RunSpec, string, bool> Applies { get; init; } = (_, _) => true;

    public override string ToString() => Name;

    private static bool LearnsRationales(RunSpec spec, string device) => spec.Method != MethodNames.Standard;
}
