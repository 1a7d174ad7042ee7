using DistillStudio.History;
using Microsoft.AspNetCore.Components;

namespace DistillStudio.Components.Pages.Runs;

/// <summary>Search field, filters and column selection.</summary>
public sealed partial class RunFilters : ComponentBase
{
    private IReadOnlyList<string> _tags = [];

    [Parameter, EditorRequired]
    public required RunsView View { get; set; }

    /// <summary>All runs, unfiltered.</summary>
    [Parameter, EditorRequired]
    public required IReadOnlyList<RunSummary> Runs { get; set; }

    /// <summary>What the view found, with what is wrong in it.</summary>
    [Parameter]
    public FoundRuns Found { get; set; } = new([]);

    [Parameter]
    public EventCallback<RunsView> ViewChanged { get; set; }

    protected override void OnParametersSet() =>
        _tags = [.. Runs.SelectMany(r => r.Tags).Distinct().Order(StringComparer.OrdinalIgnoreCase)];

    private Task Change(RunsView view) => ViewChanged.InvokeAsync(view);
}
