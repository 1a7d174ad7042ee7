using System.Diagnostics;
using DistillStudio.Components.Charts;
using DistillStudio.Components.Controls;
using DistillStudio.Components.Interactivity;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Studies;
using DistillStudio.History;
using DistillStudio.Jobs;
using DistillStudio.Live;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;

namespace DistillStudio.Components.Pages.Studies;

/// <summary>Page of one study: verdicts, its runs, curves over seeds, accuracy against what varies, and the table of cells.</summary>
public sealed partial class StudyPage(
    StudyReader reader,
    StudyManager manager,
    StudyStore store,
    StudyActions actions,
    IRunHistory history,
    ILiveFeed feed,
    PagePresence presence,
    TimeProvider time,
    BrowserInterop script,
    Shortcuts shortcuts,
    NavigationManager navigation) : LiveComponent, IDisposable
{
    /// <summary>Pause before it is asked again whether another process still works on the study: that ends without a signal.</summary>
    private static readonly TimeSpan AgainAfter = TimeSpan.FromSeconds(2);

    /// <summary>Pause before a study is read again if a run has ended whose folder is still locked.</summary>
    private static readonly TimeSpan ClosedAfter = TimeSpan.FromMilliseconds(300);

    private readonly CancellationTokenSource _closed = new();
    private readonly StudyActions _actions = actions;
    private StudyPageView _view = new();
    private StudyEntry? _entry;
    private StudyResult? _result;
    private StudyEstimate? _estimate;
    private ChartFigure? _curves;
    private IReadOnlyList<(StudySeries Against, SettingFigure Figure)> _against = [];
    private IReadOnlyCollection<int> _shown = [];
    private PageQuery? _link;
    private string? _missing;
    private string _id = "";
    private int _states;
    private long _readAt;
    private int _version;
    private bool _isWatching;
    private OneAtATime? _reading;
    private PageSubscription? _watch;
    private FolderWatch? _fileWatch;
    private bool _isGone;
    private IDisposable? _keys;

    [Parameter]
    public string Id { get; set; } = "";

    protected override void OnInitialized()
    {
        _reading = new OneAtATime(ReadAsync);
        _keys = shortcuts.Add(
            new("p", "Pause or resume the study", PauseOrResumeAsync),
            new("t", "Curves or table", () =>
            {
                ShowTable("curves", !IsTable("curves"));
                return InvokeAsync(StateHasChanged);
            }));
        _watch = new(feed.FollowRuns(() => RunAsync(OnRunsAsync)), presence);
        manager.Changed += OnChanged;
        navigation.LocationChanged += OnLocationChanged;
    }

    protected override void OnParametersSet()
    {
        if (_id != Id)
        {
            (_id, _entry, _missing, _isGone) = (Id, null, null, false);
            _view = StudyPageView.Read(_link = PageQuery.Of(navigation));
            _fileWatch?.Dispose();
            _fileWatch = StudyStore.IsId(Id) ? new(presence, time, store.FolderOf(Id), () => RunAsync(_reading!.AskAsync)) : null;
            Start(_reading!.AskAsync);
        }
    }

    public void Dispose()
    {
        _closed.Cancel();
        _closed.Dispose();
        navigation.LocationChanged -= OnLocationChanged;
        manager.Changed -= OnChanged;
        _keys?.Dispose();
        _watch?.Dispose();
        _fileWatch?.Dispose();
    }

    private Task PauseOrResumeAsync() => _entry switch
    {
        null or { IsElsewhere: true } => Task.CompletedTask,
        { Study: { Queue: StudyQueue.On } study } => _actions.PauseAsync(study),
        { Study: var study } => _actions.ResumeAsync(study),
    };

    private void OnChanged() => Start(_reading!.AskAsync);

    /// <summary>
    /// Reads everything again if a run has changed its state, and after a while, for the curves of runs under way; otherwise shows only
    /// how far the runs are.
    /// </summary>
    private Task OnRunsAsync()
    {
        if (StatesOf(history.ListRuns()) != _states || Stopwatch.GetElapsedTime(_readAt) > RunCatalog.ActiveInterval)
        {
            return _reading!.AskAsync();
        }

        _version++;
        StateHasChanged();
        return Task.CompletedTask;
    }

    private static int StatesOf(IReadOnlyList<RunSummary> runs)
    {
        var hash = new HashCode();
        foreach (RunSummary run in runs)
        {
            hash.Add(run.Id);
            hash.Add(run.State);
        }

        return hash.ToHashCode();
    }

    private async Task ReadAsync()
    {
        string id = _id;
        _states = StatesOf(history.ListRuns());
        try
        {
            (StudyEntry entry, StudyResult? result, StudyEstimate? estimate) = await Task.Run(() =>
            {
                StudyEntry read = reader.Read(id);
                return (read, read.Progress is { } p ? StudyResult.Of(p) : null, read.Progress is { } q ? reader.Estimate(q) : null);
            });
            if (id != _id)
            {
                return; // another study is shown by now
            }

            (_entry, _result, _estimate, _missing, _readAt) = (entry, result, estimate, null, Stopwatch.GetTimestamp());
            _isGone = false;
            Draw();
        }
        catch (InputException e)
        {
            _isGone = _entry is not null && !store.Contains(id);
            _missing = _isGone ? null : e.Message;
        }

        _version++;
        StateHasChanged();
        if (_entry is { IsElsewhere: true })
        {
            Start(WatchElsewhereAsync);
        }

        if (_entry is { IsBehind: true })
        {
            Start(ReadOnceClosedAsync);
        }
    }

    private async Task ReadOnceClosedAsync()
    {
        await Task.Delay(ClosedAfter, _closed.Token);
        await _reading!.AskAsync();
    }

    private async Task WatchElsewhereAsync()
    {
        if (_isWatching)
        {
            return;
        }

        _isWatching = true;
        while (await Task.Run(() => store.IsTaken(_id)))
        {
            await Task.Delay(AgainAfter, _closed.Token);
        }

        _isWatching = false;
        await _reading!.AskAsync();
    }

    private void Draw()
    {
        if (_entry?.Progress is not { } progress || _result is null)
        {
            return;
        }

        DrawCurves();
        _against =
        [
            .. from against in _result.Series
               let figure = SettingFigure.Of(progress, against)
               where figure is not null
               select (against, figure),
        ];
    }

    private void DrawCurves()
    {
        if (_entry?.Progress is { } progress)
        {
            _shown = _view.CellsOf(progress.Grid);
            _curves = StudyCurves.Build(progress, _shown, _view.Zoom);
        }
    }

    private bool IsTable(string figure) => _view.Tables.Contains(figure);

    private void ShowTable(string figure, bool isTable) => Show(_view.WithTable(figure, isTable));

    private void ShowZoom(ChartZoom zoom)
    {
        Show(_view with { Zoom = zoom }, isStep: true);
        DrawCurves();
    }

    private void ShowHidden(IReadOnlyCollection<string> hidden)
    {
        IEnumerable<int> cells = _entry!.Progress!.Grid.Cells.Select(cell => cell.Index);
        Show(_view with { Cells = [.. cells.Where(cell => !hidden.Contains($"{cell}"))] });
        DrawCurves();
    }

    private void ShowLines(string setting, IReadOnlyCollection<string> hidden)
    {
        IEnumerable<string> others = _view.Hidden.Where(line => line.Split('.')[0] != setting);
        Show(_view with { Hidden = [.. others, .. hidden.Select(key => $"{setting}.{key}")] });
    }

    private ChartFigure Shown(string setting, ChartFigure figure) => figure with
    {
        Hidden = [.. figure.Legend.Select(entry => entry.Key).Where(key => _view.Hidden.Contains($"{setting}.{key}"))],
    };

    private void Show(StudyPageView view, bool isStep = false)
    {
        _view = view;
        script.KeepAddress(navigation, _view.Write(), isStep);
    }

    /// <summary>Shows the zoom that the address asks for after Back or Forward.</summary>
    private void OnLocationChanged(object? sender, LocationChangedEventArgs change)
    {
        var asked = StudyPageView.Read(PageQuery.Of(navigation));
        if (navigation.ToBaseRelativePath(change.Location).StartsWith($"studies/{_id}", StringComparison.Ordinal)
            && asked.Zoom != _view.Zoom)
        {
            Start(() =>
            {
                _view = _view with { Zoom = asked.Zoom };
                DrawCurves();
                StateHasChanged();
            });
        }
    }
}
