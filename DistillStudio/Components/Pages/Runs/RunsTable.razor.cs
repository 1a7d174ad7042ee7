using DistillStudio.Components.Controls;
using DistillStudio.History;
using Microsoft.AspNetCore.Components;

namespace DistillStudio.Components.Pages.Runs;

/// <summary>Shows one page of runs as a table; on a narrow screen each run is a card.</summary>
public sealed partial class RunsTable : ComponentBase
{
    private IReadOnlyList<RunColumn> _columns = [];
    private bool _isAllTicked;

    [Parameter, EditorRequired]
    public required RunsView View { get; set; }

    /// <summary>The runs to show, in order.</summary>
    [Parameter, EditorRequired]
    public required IReadOnlyList<RunSummary> Runs { get; set; }

    /// <summary>Runs that cannot be read, reported above the rows.</summary>
    [Parameter]
    public IReadOnlyList<UnreadableRun> Unreadable { get; set; } = [];

    /// <summary>Ids of the selected runs, on this page and others; modified in place.</summary>
    [Parameter, EditorRequired]
    public required HashSet<string> Selected { get; set; }

    [Parameter, EditorRequired]
    public required RunActions Actions { get; set; }

    [Parameter]
    public EventCallback SelectedChanged { get; set; }

    [Parameter]
    public EventCallback<RunsView> ViewChanged { get; set; }

    protected override void OnParametersSet()
    {
        _columns = [.. RunColumn.All.Where(c => View.Columns.Contains(c.Key) || c.Key == RunColumn.Name)];
        _isAllTicked = Runs.Count > 0 && Runs.All(r => Selected.Contains(r.Id));
    }

    private Task Sort(RunColumn column) => ViewChanged.InvokeAsync(View with
    {
        SortKey = column.Key,
        IsDescending = View.SortKey == column.Key ? !View.IsDescending : column.IsNumber || column.Key == RunColumn.Started,
    });

    private Task Tick(RunSummary run)
    {
        if (!Selected.Remove(run.Id))
        {
            Selected.Add(run.Id);
        }

        return SelectedChanged.InvokeAsync();
    }

    private Task TickAll()
    {
        if (_isAllTicked)
        {
            Selected.ExceptWith(Runs.Select(r => r.Id));
        }
        else
        {
            Selected.UnionWith(Runs.Select(r => r.Id));
        }

        return SelectedChanged.InvokeAsync();
    }

}
