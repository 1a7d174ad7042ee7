using System.Text.Json;
using DistillStudio.Components.Charts;
using DistillStudio.Components.Controls;
using DistillStudio.Components.Interactivity;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Studies;
using DistillStudio.History;
using DistillStudio.Live;
using DistillStudio.Views;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;

namespace DistillStudio.Components.Pages.Runs;

/// <summary>Page of all runs: search, sort, select and compare.</summary>
public sealed partial class RunsPage(
    IRunHistory history,
    StudioHome home,
    StudyStore studies,
    SavedViewStore store,
    ILiveFeed feed,
    PagePresence presence,
    RunActions actions,
    BrowserInterop script,
    PlotlyScript plotting,
    Shortcuts shortcuts,
    NavigationManager navigation) : LiveComponent, IDisposable
{
    private readonly RunActions _actions = actions;
    private readonly HashSet<string> _selected = [];
    private RunsView _view = new();
    private IReadOnlyList<RunSummary> _all = [];
    private FoundRuns _found = new([]);
    private IReadOnlyList<RunSummary> _shown = [];
    private IReadOnlyList<(RunColumn Column, string Text)> _constant = [];
    private SavedViews _saved = new();
    private string? _savedProblem;
    private HashSet<string> _pinned = [];
    private IReadOnlyList<Study> _studies = [];
    private IReadOnlyList<UnreadableRun> _unreadable = [];
    private int _behind;
    private IReadOnlyList<RunSummary> _queue = [];
    private IReadOnlyList<RunSummary> _active = [];
    private IReadOnlyList<RunSummary> _page = [];
    private readonly HashSet<string> _open = [];
    private readonly Dictionary<string, Study?> _studyOf = [];
    private IReadOnlyList<RunGroup> _groups = [];
    private PageQuery? _link;
    private PageSubscription? _subscription;
    private IDisposable? _keys;

    private string Title =>
        _all.Count(r => r.State.IsActive()) is var active and > 0 ? $"({active}) Runs · DistillStudio" : "Runs · DistillStudio";

    private string CountText => _view.IsFiltered ? $"{Format.Count(_shown.Count)} of {Format.Count(_all.Count)}" : Format.Count(_all.Count);

    private int PageCount => (_shown.Count + RunsView.PageSize - 1) / RunsView.PageSize;

    private IReadOnlySet<string> Hidden =>
        (_view.ShowsConstant ? [] : _constant.Select(pair => pair.Column.Key))
            .Concat(_all.Any(run => run.Placement is not null) ? [] : [RunColumn.Place]).ToHashSet();

    /// <summary>The selected runs in the order of the table, then those that the view does not show.</summary>
    private IReadOnlyList<RunSummary> Ticked =>
        [.. _shown.Where(run => _selected.Contains(run.Id)).Union(_all.Where(run => _selected.Contains(run.Id)))];

    private string ExportWhat => _selected.Count > 0 ? $"{_selected.Count} selected" : $"{_shown.Count} shown";

    protected override void OnInitialized()
    {
        _view = RunsView.Read(_link = PageQuery.Of(navigation));
        ReadSaved();
        Read();
        _subscription = new(
            feed.FollowRuns(() => RunAsync(() =>
            {
                Read();
                StateHasChanged();
            })),
            presence);
        _keys = shortcuts.Add(
            new("/", "Search runs", () => Task.CompletedTask /* handled in the browser */),
            new("c", "Compare the selected runs", () =>
            {
                Compare();
                return Task.CompletedTask;
            }),
            new("Escape", "Clear the selection", () =>
            {
                ClearSelection();
                return InvokeAsync(StateHasChanged);
            }));
        navigation.LocationChanged += OnLocationChanged;
    }

    protected override void OnAfterRender(bool firstRender)
    {
        if (firstRender)
        {
            Start(plotting.LoadAheadAsync); // runs are opened and compared from here
        }
    }

    public void Dispose()
    {
        navigation.LocationChanged -= OnLocationChanged;
        _keys?.Dispose();
        _subscription?.Dispose();
    }

    private void Read()
    {
        int known = _all.Count;
        IReadOnlyList<RunSummary> all = history.ListRuns();
        if (all.Count != known)
        {
            ReadStudies(); // a study comes with its runs
        }

        _all = RunStudy.Assign(all, _studies);
        _queue = [.. _all.Where(r => r.State == RunState.Queued).OrderBy(r => r.QueueOrder).ThenBy(r => r.Id, StringComparer.Ordinal)];
        _active = [.. _all.Where(r => r.State.IsActive()).OrderBy(r => r.StartedAt)];
        _selected.IntersectWith(_all.Select(r => r.Id));
        Arrange();
    }

    private void Arrange()
    {
        _found = RunsQuery.Find(_view, _all, _pinned);
        _shown = _found.Runs;
        _constant = _view.Grouping is null ? ConstantColumns.Of(_shown, _view.Columns) : [];
        _unreadable = _view.Apply(history.Unreadable);
        _behind = history.Behind;
        _groups = _view.Grouping?.Of(_shown, home, NameOf) ?? [];
        int last = Math.Max(0, PageCount - 1);
        _page = [.. _shown.Skip(Math.Min(_view.Page, last) * RunsView.PageSize).Take(RunsView.PageSize)];
    }

    private string? NameOf(string study) => _studies.FirstOrDefault(known => known.Id == study)?.Name;

    /// <summary>Returns the study of a run; looks for it once, and among studies made since then.</summary>
    private Study? StudyOf(RunSummary run)
    {
        if (!_studyOf.TryGetValue(run.Id, out Study? study))
        {
            study = _studyOf[run.Id] = RunStudy.Find(run, _studies);
        }

        return study;
    }

    private void ReadStudies()
    {
        try
        {
            _studies = studies.List().Studies;
        }
        catch (InputException)
        {
            _studies = []; // the page of the studies says why
        }

        _studyOf.Clear();
    }

    /// <summary>Reads the saved views and pinned runs.</summary>
    private void ReadSaved() => Keep(store.Read);

    private void Pin(RunSummary run)
    {
        Keep(() => store.Pin(run.Id, !_pinned.Contains(run.Id)));
        Arrange();
        StateHasChanged();
    }

    private void Keep(Func<SavedViews> act)
    {
        try
        {
            _saved = act();
            _pinned = [.. _saved.Pinned];
            _savedProblem = null;
        }
        catch (InputException e)
        {
            _savedProblem = e.Problems[0];
        }
    }

    private void Show(RunsView view)
    {
        bool isOtherSet = view with { Page = _view.Page, Columns = _view.Columns, ShowsCurves = _view.ShowsCurves } != _view;
        _view = isOtherSet ? view with { Page = 0 } : view;
        Arrange();
        script.KeepAddress(navigation, _view.Write());
        StateHasChanged();
    }

    private void OnLocationChanged(object? sender, LocationChangedEventArgs change)
    {
        // Applies the view in the URL after a link within the page or the browser's Back button.
        if (navigation.ToBaseRelativePath(change.Location).Split('?', '#')[0].Length == 0)
        {
            _view = RunsView.Read(_link = PageQuery.Of(navigation));
            Arrange();
            Start(StateHasChanged);
        }
    }

    private List<RunSummary> Selected() => [.. _all.Where(r => _selected.Contains(r.Id))];

    private void ClearSelection() => _selected.Clear();

    private void Compare()
    {
        if (_selected.Count > 0)
        {
            navigation.NavigateTo(RunActions.Compare(Selected().Select(r => r.Id).Reverse()));
        }
    }

    private async Task DeleteAsync()
    {
        if (await _actions.DeleteAsync(Selected()))
        {
            _selected.Clear();
        }
    }

    private async Task ExportAsync(bool isCsv)
    {
        IReadOnlyList<RunSummary> runs = _selected.Count > 0 ? Selected() : _shown;
        using var content = new MemoryStream(isCsv ? RunsCsv.Write(runs) : JsonSerializer.SerializeToUtf8Bytes(runs, EngineJson.Spec));
        await script.SaveAsync(isCsv ? "runs.csv" : "runs.json", isCsv ? "text/csv" : "application/json", content);
    }
}
