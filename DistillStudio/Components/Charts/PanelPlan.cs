using DistillStudio.Engine.Runtime;
using DistillStudio.History;

namespace DistillStudio.Components.Charts;

/// <summary>A panel and the curves of a run that belong in it.</summary>
/// <param name="Training">One point a step; null for none.</param>
/// <param name="Validation">One point an evaluation; null for none.</param>
public sealed record PanelPlan(ChartPanel Panel, Metric? Training, Metric? Validation)
{
    private static readonly ChartPanel LossPanel = new("", "per token", "~g", ".4f", MayBeLog: true);

    public static PanelPlan Accuracy { get; } =
        new(new("Accuracy", "on validation", ".0%", ".1%", Height: 170), null, Metric.ValidAccuracy);

    public static PanelPlan LabelLoss { get; } =
        new(LossPanel with { Title = "Label loss" }, Metric.LabelLoss, Metric.ValidLabelLoss);

    public static PanelPlan RationaleLoss { get; } =
        new(LossPanel with { Title = "Rationale loss" }, Metric.RationaleLoss, Metric.ValidRationaleLoss);

    public static PanelPlan TotalLoss { get; } =
        new(LossPanel with { Title = "Total loss", Unit = "what is minimised" }, Metric.Loss, Metric.ValidLoss);

    /// <summary>What is behind the switch.</summary>
    public static IReadOnlyList<PanelPlan> More { get; } =
    [
        new(new("Learning rate", "", "~e", ".3~e", Height: 110), Metric.LearningRate, null),
        new(new("Gradient norm", "before clipping", "~g", ".3f", MayBeLog: true, Height: 120), Metric.GradientNorm, null),
        new(new("Throughput", "tokens per second", "~s", ",.0f", Height: 120), Metric.TokensPerSecond, null),
        new(new("Memory", "GB resident", "~g", ".2f", Scale: 1.0 / ByteSize.GB, Height: 110), Metric.MemoryBytes, null),
        new(new("CPU", "cores busy", "~g", ".2f", Height: 110), Metric.CpuCores, null),
        new(new("GPU", "share of the time busy", ".0%", ".0%", Height: 110), Metric.GpuUse, null),
    ];

    public IEnumerable<Metric> Metrics => new[] { Training, Validation }.OfType<Metric>();
}
