namespace DistillStudio.Components.Presentation;

/// <summary>A part of the figure's height with its own y axis.</summary>
/// <param name="Title">Name of the metric.</param>
/// <param name="Unit">Unit shown after the title; empty if the title is sufficient.</param>
/// <param name="TickFormat">Number format of axis ticks, in d3 syntax.</param>
/// <param name="HoverFormat">Number format of hover labels, in d3 syntax.</param>
/// <param name="Scale">Factor by which values are multiplied before drawing.</param>
/// <param name="MayBeLog">True if a logarithmic axis is meaningful.</param>
/// <param name="HasZeroLine">True if zero is meaningful, as for a difference.</param>
/// <param name="Height">Height in CSS pixels.</param>
public sealed record ChartPanel(
    string Title,
    string Unit,
    string TickFormat,
    string HoverFormat,
    double Scale = 1,
    bool MayBeLog = false,
    bool HasZeroLine = false,
    int Height = 150)
{
    /// <summary>Name in addresses, unique in a figure.</summary>
    public string Name { get; init; } = Title;

    /// <summary>Range of the y axis while there are no points, in drawn values.</summary>
    public (double Low, double High) WhenEmpty { get; init; } = (0, 1);
}
