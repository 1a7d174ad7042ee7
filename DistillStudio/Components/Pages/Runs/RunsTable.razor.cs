using DistillStudio.Cluster;
using DistillStudio.Components.Controls;
using DistillStudio.Engine.Studies;
using DistillStudio.History;
using Microsoft.AspNetCore.Components;

namespace DistillStudio.Components.Pages.Runs;

/// <summary>Shows one page of runs as a table; on a narrow screen each run is a card.</summary>
public sealed partial class RunsTable : ComponentBase
{
    /// <summary>Number of rows drawn at first, about a screen: the others follow once these have reached the browser.</summary>
    private const int FirstRows = 15;

    private IReadOnlyList<RunColumn> _columns = [];
    private bool _isWhole;
    private bool _isAllTicked;

    /// <summary>True if the Shift key was held at the last click on a box; the browser reports the click before the change.</summary>
    private bool _isRange;

    /// <summary>Id of the run ticked or unticked last; a range begins there.</summary>
    private string? _anchor;

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

    /// <summary>Keys of the columns that are left out although the view has them.</summary>
    [Parameter]
    public IReadOnlySet<string> Hidden { get; set; } = new HashSet<string>();

    /// <summary>Returns the study of a run; null if it belongs to none.</summary>
    [Parameter]
    public Func<RunSummary, Study?> StudyOf { get; set; } = _ => null;

    /// <summary>Ids of the pinned runs.</summary>
    [Parameter]
    public IReadOnlySet<string> Pinned { get; set; } = new HashSet<string>();

    /// <summary>Raised to pin a run, or to unpin a pinned one; runs cannot be pinned without it.</summary>
    [Parameter]
    public EventCallback<RunSummary> Pin { get; set; }

    [Parameter, EditorRequired]
    public required RunActions Actions { get; set; }

    [Parameter]
    public EventCallback SelectedChanged { get; set; }

    [Parameter]
    public EventCallback<RunsView> ViewChanged { get; set; }

    protected override void OnParametersSet()
    {
        _columns = [.. RunColumn.All.Where(c => (View.Columns.Contains(c.Key) && !Hidden.Contains(c.Key)) || c.Key == RunColumn.Name)];
        _isAllTicked = Runs.Count > 0 && Runs.All(r => Selected.Contains(r.Id));
    }

    protected override void OnAfterRender(bool firstRender)
    {
        if (firstRender)
        {
            _isWhole = true;
            StateHasChanged();
        }
    }

    /// <summary>Says where a run is trained, if that is not this studio.</summary>
    private string? HintOf(RunSummary run) =>
        run.State.HasEnded() ? null
        : run.Placement is { } placement ? ClusterText.Standing(placement)
        : Actions.WhereElse(run) is { } elsewhere ? $"This run is {elsewhere}."
        : null;

    private Task Sort(RunColumn column) => ViewChanged.InvokeAsync(View with
    {
        SortKey = column.Key,
        IsDescending = View.SortKey == column.Key ? !View.IsDescending : column.IsNumber || column.Key == RunColumn.Started,
    });

    private Task Tick(RunSummary run)
    {
        bool isTicked = !Selected.Contains(run.Id);
        foreach (string id in _isRange ? RangeTo(run) : [run.Id])
        {
            if (isTicked)
            {
                Selected.Add(id);
            }
            else
            {
                Selected.Remove(id);
            }
        }

        (_anchor, _isRange) = (run.Id, false);
        return SelectedChanged.InvokeAsync();
    }

    /// <summary>Returns the runs from the one ticked before to this one; only this one if the other is not shown.</summary>
    private string[] RangeTo(RunSummary run)
    {
        string[] ids = [.. Runs.Select(shown => shown.Id)];
        int to = Array.IndexOf(ids, run.Id);
        int from = Array.IndexOf(ids, _anchor);
        return from < 0 ? [run.Id] : ids[Math.Min(from, to)..(Math.Max(from, to) + 1)];
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
