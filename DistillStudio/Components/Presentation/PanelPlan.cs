using DistillStudio.Engine.Metrics;

namespace DistillStudio.Components.Presentation;

/// <summary>A panel and its metrics; at least one is given, and both share title, unit and scale.</summary>
/// <param name="Training">Training metric; null for none.</param>
/// <param name="Validation">Validation metric; null for none. Drawn as the headline if alone in the panel, dashed beside a training
/// curve.</param>
/// <param name="TickFormat">Number format of axis ticks, in d3 syntax.</param>
/// <param name="HoverFormat">Number format of hover labels, in d3 syntax.</param>
/// <param name="MayBeLog">True if a logarithmic axis is meaningful.</param>
/// <param name="Height">Height in CSS pixels.</param>
public sealed record PanelPlan(
    StepMetric? Training,
    EvaluationMetric? Validation,
    string TickFormat,
    string HoverFormat,
    bool MayBeLog = false,
    int Height = 150)
{
    public static PanelPlan Accuracy { get; } = new(null, Metric.ValidAccuracy, "~%", ".1%", Height: 170);

    public static PanelPlan LabelLoss { get; } = OfLoss(Metric.LabelLoss, Metric.ValidLabelLoss);

    public static PanelPlan RationaleLoss { get; } = OfLoss(Metric.RationaleLoss, Metric.ValidRationaleLoss);

    public static PanelPlan TotalLoss { get; } = OfLoss(Metric.Loss, Metric.ValidLoss);

    /// <summary>The optional panels, shown by the switch.</summary>
    public static IReadOnlyList<PanelPlan> More { get; } =
    [
        new(Metric.LearningRate, null, "~e", ".3~e", Height: 110),
        new(Metric.GradientNorm, null, "~g", ".3f", MayBeLog: true, Height: 120),
        new(Metric.TokensPerSecond, null, "~s", ",.0f", Height: 120),
        new(Metric.MemoryBytes, null, "~g", ".2f", Height: 110),
        new(Metric.CpuCores, null, "~g", ".2f", Height: 110),
        new(Metric.GpuUse, null, "~%", ".0%", Height: 110),
    ];

    /// <summary>All panels. Two metrics are in no panel: rows per second and step time follow from the throughput.</summary>
    public static IReadOnlyList<PanelPlan> All { get; } = [Accuracy, LabelLoss, RationaleLoss, TotalLoss, .. More];

    /// <summary>Titles of the optional panels.</summary>
    public static string MoreTitles { get; } = string.Join(", ", More.Select(plan => plan.Panel.Title));

    /// <summary>The panel to draw.</summary>
    public ChartPanel Panel { get; } = PanelOf(Training is null ? Validation! : Training, TickFormat, HoverFormat, MayBeLog, Height);

    public IEnumerable<Metric> Metrics => new Metric?[] { Training, Validation }.OfType<Metric>();

    private static PanelPlan OfLoss(StepMetric training, EvaluationMetric validation) =>
        new(training, validation, "~g", ".4f", MayBeLog: true);

    private static ChartPanel PanelOf(Metric metric, string tickFormat, string hoverFormat, bool mayBeLog, int height) =>
        new(metric.Title, metric.Unit, tickFormat, hoverFormat, metric.Scale, mayBeLog, Height: height) { Name = metric.Name };
}
