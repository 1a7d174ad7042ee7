using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;

namespace DistillStudio.Components.Charts;

/// <summary>
/// The one legend of a figure: a click hides or shows a group of curves, a double-click (or one with Shift) shows only that group or, if
/// it is shown alone, all; pointing at an entry or focusing it highlights its curves, which the script does.
/// </summary>
public sealed partial class ChartLegend : ComponentBase
{
    private IReadOnlyCollection<string> _beforeClick = [];

    [Parameter, EditorRequired]
    public required ChartFigure Figure { get; set; }

    /// <summary>Raised with the keys of all hidden groups.</summary>
    [Parameter]
    public EventCallback<IReadOnlyCollection<string>> HiddenChanged { get; set; }

    /// <summary>Additional content of an entry.</summary>
    [Parameter]
    public RenderFragment<LegendEntry>? Extra { get; set; }

    /// <summary>Content after the entries.</summary>
    [Parameter]
    public RenderFragment? ChildContent { get; set; }

    private static string HintOf(LegendEntry entry, bool isHidden) =>
        $"{entry.Name}\nClick: {(isHidden ? "show" : "hide")}. Double-click, or with Shift: only this one.";

    private Task Clicked(LegendEntry entry, MouseEventArgs click)
    {
        if (click.ShiftKey)
        {
            return Alone(entry.Key, Figure.Hidden);
        }

        if (click.Detail > 1)
        {
            return Alone(entry.Key, _beforeClick); // the first of the two clicks has already toggled it
        }

        _beforeClick = Figure.Hidden;
        return HiddenChanged.InvokeAsync(
            Figure.Hidden.Contains(entry.Key) ? [.. Figure.Hidden.Where(key => key != entry.Key)] : [.. Figure.Hidden, entry.Key]);
    }

    private Task Alone(string key, IReadOnlyCollection<string> hidden)
    {
        string[] others = [.. Figure.Legend.Select(entry => entry.Key).Where(other => other != key)];
        bool isAlone = !hidden.Contains(key) && others.All(hidden.Contains);
        return HiddenChanged.InvokeAsync(isAlone ? [] : others);
    }
}
