using DistillStudio.Components.Charts;
using DistillStudio.Components.Controls;
using DistillStudio.Components.Interactivity;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Studies;
using DistillStudio.History;
using DistillStudio.Jobs;
using DistillStudio.Live;
using Microsoft.AspNetCore.Components;

namespace DistillStudio.Components.Pages.Studies;

/// <summary>Page of one study: verdicts, its runs, curves over seeds, accuracy against what varies, and the table of cells.</summary>
public sealed partial class StudyPage(
    StudyReader reader,
    StudyManager manager,
    StudyActions actions,
    IRunHistory history,
    ILiveFeed feed,
    PagePresence presence,
    BrowserInterop script,
    Shortcuts shortcuts,
    NavigationManager navigation) : LiveComponent, IDisposable
{
    private readonly StudyActions _actions = actions;
    private StudyPageView _view = new();
    private StudyEntry? _entry;
    private StudyResult? _result;
    private StudyEstimate? _estimate;
    private ChartFigure? _curves;
    private IReadOnlyList<(StudySeries Against, SettingFigure Figure)> _against = [];
    private IReadOnlyCollection<int> _shown = [];
    private string? _missing;
    private string _id = "";
    private int _states;
    private int _version;
    private BackgroundReading? _reading;
    private PageSubscription? _watch;
    private IDisposable? _keys;

    [Parameter]
    public string Id { get; set; } = "";

    protected override void OnInitialized()
    {
        _reading = new BackgroundReading(ReadAsync);
        _keys = shortcuts.Add(
            new("p", "Pause or resume the study", () =>
                _entry is { } entry
                    ? entry.Study.Queue == StudyQueue.On
                    ? _actions.PauseAsync(entry.Study)
                    : _actions.ResumeAsync(entry.Study)
                    : Task.CompletedTask),
            new("t", "Curves or table", () =>
            {
                ShowTable("curves", !IsTable("curves"));
                return InvokeAsync(StateHasChanged);
            }));
        _watch = new(feed.FollowRuns(() => RunAsync(OnRunsAsync)), presence);
        manager.Changed += OnChanged;
    }

    protected override void OnParametersSet()
    {
        if (_id != Id)
        {
            (_id, _entry, _missing) = (Id, null, null);
            _view = StudyPageView.Read(PageQuery.Of(navigation));
            Start(_reading!.RequestAsync);
        }
    }

    public void Dispose()
    {
        manager.Changed -= OnChanged;
        _keys?.Dispose();
        _watch?.Dispose();
    }

    private void OnChanged() => Start(_reading!.RequestAsync);

    /// <summary>Reads everything again if a run has changed its state; otherwise shows only how far the runs are.</summary>
    private Task OnRunsAsync()
    {
        if (StatesOf(history.ListRuns()) != _states)
        {
            return _reading!.RequestAsync();
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

            (_entry, _result, _estimate, _missing) = (entry, result, estimate, null);
            Draw();
        }
        catch (InputException e)
        {
            _missing = e.Message;
        }

        _version++;
        StateHasChanged();
    }

    private void Draw()
    {
        if (_entry?.Progress is not { } progress || _result is null)
        {
            return;
        }

        DrawCurves();
        _against = [
            .. _result.Series.Select(against => (against, Figure: SettingFigure.Of(progress, against)))
                .Where(pair => pair.Figure is not null).Select(pair => (pair.against, pair.Figure!))
        ];
    }

    private void DrawCurves()
    {
        if (_entry?.Progress is { } progress)
        {
            _shown = _view.CellsOf(progress.Grid);
            _curves = StudyCurves.Build(progress, _shown, _view.Range);
        }
    }

    private bool IsTable(string figure) => _view.Tables.Contains(figure);

    private void ShowTable(string figure, bool isTable) => Show(_view.WithTable(figure, isTable));

    private void ShowRange(ChartRange? range)
    {
        Show(_view with { Range = range });
        DrawCurves();
    }

    private void Toggle(int cell)
    {
        Show(_view with { Cells = _shown.Contains(cell) ? [.. _shown.Where(other => other != cell)] : [.. _shown.Append(cell).Order()] });
        DrawCurves();
    }

    private void Show(StudyPageView view)
    {
        _view = view;
        script.KeepAddress(navigation, _view.Write());
    }
}
