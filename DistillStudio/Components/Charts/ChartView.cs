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

    /// <summary>True if outliers do not stretch an axis; see <see cref="PanelRange"/>.</summary>
    public bool IsClipped { get; init; } = true;

    /// <summary>The visible part, on <see cref="Axis"/>.</summary>
    public ChartZoom Zoom { get; init; } = ChartZoom.None;

    /// <summary>True if the panels of <see cref="DistillStudio.Components.Presentation.PanelPlan.More"/> are also shown.</summary>
    public bool ShowsMore { get; init; }

    /// <summary>True if a table is shown instead of the curves.</summary>
    public bool IsTable { get; init; }

    /// <summary>The next horizontal axis, on which the whole run is shown.</summary>
    public ChartView OnNextAxis() => On(Axis.Next);

    /// <summary>Another horizontal axis, on which the whole run is shown; the ranges of the vertical axes stay.</summary>
    public ChartView On(Axis axis) => this with { Axis = axis, Zoom = Zoom with { X = null } };

    public static ChartView Read(PageQuery query) => new()
    {
        Axis = query.Find("x", Axis.Find, PageQuery.OneOf([.. Axis.All.Select(axis => axis.Name)])) ?? Axis.Step,
        IsLog = query.Flag("log"),
        Smoothing = query.Number("smooth", 0, MostSmoothing) ?? DefaultSmoothing,
        IsClipped = query.Text("clip") is null || query.Flag("clip"),
        Zoom = ChartZoom.Read(query),
        ShowsMore = query.Flag("more"),
        IsTable = query.Flag("table"),
    };

    public void Write(PageQuery query) => Zoom.Write(query)
        .Set("x", Axis == Axis.Step ? null : Axis.Name)
        .Set("log", IsLog)
        .Set("smooth", Smoothing.Equals(DefaultSmoothing) ? null : Smoothing)
        .Set("clip", IsClipped ? null : "0")
        .Set("more", ShowsMore)
        .Set("table", IsTable);
}
