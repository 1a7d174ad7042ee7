using DistillStudio.Components.Interactivity;

namespace DistillStudio.Components.Controls;

public enum SampleFilter
{
    All,

    /// <summary>Samples with a wrong label.</summary>
    Wrong,

    /// <summary>Samples whose label or rationale has changed since the previous evaluation.</summary>
    Changed,

    /// <summary>A few randomly drawn samples.</summary>
    Random,
}

/// <summary>View state of the samples, stored in the URL.</summary>
public sealed record SampleView
{
    /// <summary>Step of the evaluation; null to follow the latest.</summary>
    public int? Step { get; init; }

    public SampleFilter Filter { get; init; }

    /// <summary>Number of the draw shown by <see cref="SampleFilter.Random"/>.</summary>
    public int Draw { get; init; }

    public static SampleView Read(PageQuery query) => new()
    {
        Step = query.Whole("at", 0),
        Filter = query.Choice("show", SampleFilter.All),
        Draw = query.Whole("draw", 0) ?? 0,
    };

    public void Write(PageQuery query) => query
        .Set("at", Step)
        .SetChoice("show", Filter, SampleFilter.All)
        .Set("draw", Draw == 0 ? null : Draw);
}
