namespace DistillStudio.Components.Controls;

public enum SampleFilter
{
    All,

    /// <summary>Those with a wrong label.</summary>
    Wrong,

    /// <summary>Those whose label or rationale is not what it was at the evaluation before.</summary>
    Changed,

    /// <summary>A few drawn by chance.</summary>
    Random,
}

/// <summary>Which samples are on show; kept in the address.</summary>
public sealed record SampleView
{
    /// <summary>The evaluation's step; null for the latest, as it moves on.</summary>
    public int? Step { get; init; }

    public SampleFilter Filter { get; init; }

    /// <summary>Which draw <see cref="SampleFilter.Random"/> shows.</summary>
    public int Draw { get; init; }

    public static SampleView Read(PageQuery query) => new()
    {
        Step = query.Whole("at"),
        Filter = query.Choice("show", SampleFilter.All),
        Draw = query.Whole("draw") ?? 0,
    };

    public void Write(PageQuery query) => query
        .Set("at", Step)
        .SetChoice("show", Filter, SampleFilter.All)
        .Set("draw", Draw == 0 ? null : Draw);
}
