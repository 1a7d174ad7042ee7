using DistillStudio.Engine.Settings;

namespace DistillStudio.Components.Charts;

/// <summary>A panel and the metrics drawn in it; at least one is given, and both have one title, unit and scale.</summary>
/// <param name="Training">Null for none.</param>
/// <param name="Validation">Null for none. Alone in its panel it is the headline, beside the training curve it is dashed.</param>
/// <param name="TickFormat">d3's spelling.</param>
/// <param name="HoverFormat">d3's spelling.</param>
/// <param name="MayBeLog">A logarithmic axis makes sense.</param>
/// <param name="Height">In CSS pixels.</param>
public sealed record PanelPlan(
    StepMetric? Training,
    EvaluationMetric? Validation,
    string TickFormat,
    string HoverFormat,
    bool MayBeLog = false,
    int Height = 150)
{
    public static PanelPlan Accuracy { get; } = new(null, Metric.ValidAccuracy, ".0%", ".1%", Height: 170);

    public static PanelPlan LabelLoss { get; } = OfLoss(Metric.LabelLoss, Metric.ValidLabelLoss);

    public static PanelPlan RationaleLoss { get; } = OfLoss(Metric.RationaleLoss, Metric.ValidRationaleLoss);

    public static PanelPlan TotalLoss { get; } = OfLoss(Metric.Loss, Metric.ValidLoss);

    /// <summary>What is behind the switch.</summary>
    public static IReadOnlyList<PanelPlan> More { get; } =
    [
        new(Metric.LearningRate, null, "~e", ".3~e", Height: 110),
        new(Metric.GradientNorm, null, "~g", ".3f", MayBeLog: true, Height: 120),
        new(Metric.TokensPerSecond, null, "~s", ",.0f", Height: 120),
        new(Metric.MemoryBytes, null, "~g", ".2f", Height: 110),
        new(Metric.CpuCores, null, "~g", ".2f", Height: 110),
        new(Metric.GpuUse, null, ".0%", ".0%", Height: 110),
    ];

    /// <summary>Every panel. Two metrics are in none: rows per second and the time of a step follow the throughput.</summary>
    public static IReadOnlyList<PanelPlan> All { get; } = [Accuracy, LabelLoss, RationaleLoss, TotalLoss, .. More];

    /// <summary>The panels behind the switch, by title.</summary>
    public static string MoreTitles { get; } = string.Join(", ", More.Select(plan => plan.Panel.Title));

    /// <summary>The panel as it is drawn.</summary>
    public ChartPanel Panel { get; } = PanelOf(Training is null ? Validation! : Training, TickFormat, HoverFormat, MayBeLog, Height);

    public IEnumerable<Metric> Metrics => new Metric?[] { Training, Validation }.OfType<Metric>();

    private static PanelPlan OfLoss(StepMetric training, EvaluationMetric validation) =>
        new(training, validation, "~g", ".4f", MayBeLog: true);

    private static ChartPanel PanelOf(Metric metric, string tickFormat, string hoverFormat, bool mayBeLog, int height) =>
        new(metric.Title, metric.Unit, tickFormat, hoverFormat, metric.Scale, mayBeLog, Height: height);
}
