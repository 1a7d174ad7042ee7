using DistillStudio.Components.Controls;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Components.Charts;

/// <summary>How a figure is looked at; kept in the page's address.</summary>
public sealed record ChartView
{
    public const double DefaultSmoothing = 0.6;

    public const double MostSmoothing = 0.99;

    public Axis Axis { get; init; } = Axis.Step;

    public bool IsLog { get; init; }

    /// <summary>Weight of the average so far, in [0, 1); 0 shows the raw curve alone.</summary>
    public double Smoothing { get; init; } = DefaultSmoothing;

    /// <summary>The range on show, on <see cref="Axis"/>; null for all of it.</summary>
    public ChartRange? Range { get; init; }

    /// <summary>The panels of <see cref="PanelPlan.More"/> as well.</summary>
    public bool ShowsMore { get; init; }

    /// <summary>The figures as a table, in place of the curves.</summary>
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

/// <summary>A part of the x axis; <paramref name="From"/> lies below <paramref name="To"/>.</summary>
public sealed record ChartRange(double From, double To);
