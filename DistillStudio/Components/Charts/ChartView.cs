using DistillStudio.Components.Interactivity;
using DistillStudio.Engine.Metrics;

namespace DistillStudio.Components.Charts;

/// <summary>View state of a figure, stored in the page's URL.</summary>
public sealed record ChartView
{
    public const double DefaultSmoothing = 0.6;

    public const double MostSmoothing = 0.99;

    public Axis Axis { get; init; } = Axis.Step;

    public bool IsLog { get; init; }

    /// <summary>Weight of the running average, in [0, 1); 0 shows only the raw curve.</summary>
    public double Smoothing { get; init; } = DefaultSmoothing;

    /// <summary>The visible range on <see cref="Axis"/>; null for the whole axis.</summary>
    public ChartRange? Range { get; init; }

    /// <summary>True if the panels of <see cref="DistillStudio.Components.Presentation.PanelPlan.More"/> are also shown.</summary>
    public bool ShowsMore { get; init; }

    /// <summary>True if a table is shown instead of the curves.</summary>
    public bool IsTable { get; init; }

    public static ChartView Read(PageQuery query) => new()
    {
        Axis = Axis.Find(query.Text("x")) ?? Axis.Step,
        IsLog = query.Flag("log"),
        Smoothing = Math.Clamp(query.Number("smooth") ?? DefaultSmoothing, 0, MostSmoothing),
        Range = query.Number("from") is { } from && query.Number("to") is { } to && from < to ? new(from, to) : null,
        ShowsMore = query.Flag("more"),
        IsTable = query.Flag("table"),
    };

    public void Write(PageQuery query) => query
        .Set("x", Axis == Axis.Step ? null : Axis.Name)
        .Set("log", IsLog)
        .Set("smooth", Smoothing.Equals(DefaultSmoothing) ? null : Smoothing)
        .Set("from", Range?.From)
        .Set("to", Range?.To)
        .Set("more", ShowsMore)
        .Set("table", IsTable);
}

/// <summary>A range of the x axis; <paramref name="From"/> is less than <paramref name="To"/>.</summary>
public sealed record ChartRange(double From, double To);
