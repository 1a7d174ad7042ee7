using DistillStudio.Cluster;
using DistillStudio.Components.Charts;
using DistillStudio.Components.Controls;
using DistillStudio.Components.Interactivity;
using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.History;
using DistillStudio.Live;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;

namespace DistillStudio.Components.Pages.Run;

/// <summary>Page of one run: live curves, samples of the student's answers, log and settings.</summary>
public sealed partial class RunPage(
    IRunHistory history,
    ILiveFeed feed,
    PagePresence presence,
    FigureBuilder figures,
    RunActions actions,
    BrowserInterop script,
    Shortcuts shortcuts,
    NavigationManager navigation) : LiveComponent, IDisposable
{
    /// <summary>
    /// Number of appended points after which the figure is redrawn with downsampling: the page keeps every point of a curve in memory.
    /// </summary>
    private const int MostAppended = 500;

    private const int LogLines = 200;

    private readonly RunActions _actions = actions;
    private readonly NavigationManager _navigation = navigation;
    private RunPageView _view = new();
    private PageQuery? _link;
    private RunSummary? _run;
    private IReadOnlyList<RunSummary> _partners = [];
    private RunLineage? _lineage;
    private BuiltFigure? _figure;
    private ChartFrame? _frame;
    private IReadOnlyList<int> _sampleSteps = [];
    private IReadOnlyList<Logged> _log = [];
    private PageSubscription? _subscription;
    private PageSubscription? _tableSubscription;
    private IDisposable? _keys;
    private int _appended;
    private long _read; // number of the last event that log and samples have

    [Parameter]
    public string Id { get; set; } = "";

    /// <summary>The two latest warnings in the log.</summary>
    private IReadOnlyList<Logged> Notices => [.. _log.Where(line => line.Severity == LogSeverity.Warning).TakeLast(2)];

    /// <summary>What a run without steps is at.</summary>
    private string Waiting =>
        _run is { State: RunState.Queued, Placement: { } on } ? $"The run waits for the cluster; it is {ClusterText.Standing(on)}."
        : _run is { State: RunState.Queued } ? "The run waits for a free device; its curves begin with the first step."
        : $"Curves begin with the first step{(RunText.Phase(_run!) is { } phase ? $"; the run is {phase}" : "")}.";

    private IReadOnlyList<PanelPlan> Plans =>
    [
        PanelPlan.LabelLoss,
        PanelPlan.RationaleLoss,
        PanelPlan.TotalLoss,
        PanelPlan.Accuracy,
        .. _view.Chart.ShowsMore ? PanelPlan.More : [],
    ];

    protected override void OnInitialized()
    {
        _navigation.LocationChanged += OnLocationChanged;
        _keys = shortcuts.Add(
            new("p", "Pause or resume", PauseOrResume),
            new("x", "Next horizontal axis", () => ShowChart(_view.Chart.OnNextAxis())),
            new("l", "Logarithmic losses", () => ShowChart(_view.Chart with { IsLog = !_view.Chart.IsLog })),
            new("m", PanelPlan.MoreTitles, () => ShowChart(_view.Chart with { ShowsMore = !_view.Chart.ShowsMore })),
            new("t", "Curves or table", () => ShowChart(_view.Chart with { IsTable = !_view.Chart.IsTable })),
            new("[", "Samples of the previous evaluation", () => StepSamples(-1)),
            new("]", "Samples of the next evaluation", () => StepSamples(1)));
    }

    protected override void OnParametersSet()
    {
        if (_run?.Id == Id)
        {
            return;
        }

        Leave();
        _view = RunPageView.Read(_link = PageQuery.Of(_navigation));
        _run = history.Find(Id);
        if (_run is null)
        {
            return;
        }

        ReadAll();
        _subscription = new(feed.Follow(Id, _figure!.LastNumbers[Id], () => RunAsync(FollowAsync)), presence);
        _tableSubscription = new(feed.FollowRuns(() => RunAsync(ReadPartners), isOfStatesOnly: true), presence);
    }

    public void Dispose()
    {
        _navigation.LocationChanged -= OnLocationChanged;
        _keys?.Dispose();
        Leave();
    }

    private void Leave()
    {
        _subscription?.Dispose();
        _tableSubscription?.Dispose();
        (_subscription, _tableSubscription) = (null, null);
    }

    /// <summary>Whether the run was deleted, here or elsewhere.</summary>
    private bool IsGone => history.Find(Id) is not { DeletedAt: null };

    private RunSpec? Parent => _lineage is { Ancestors: [.., var parent] } ? parent.Spec : null;

    private async Task FollowAsync()
    {
        if (_subscription is null || _figure is null)
        {
            return;
        }

        FeedBatch batch = _subscription.Subscription.Pull();
        if (batch.MustRedraw && !IsGone) // else it keeps the curves that it has
        {
            ReadAll();
            _subscription.Subscription.SkipTo(_figure.LastNumbers[Id]);
            StateHasChanged();
            return;
        }

        _run = history.Find(Id) ?? _run;
        _read = batch.Events is [.., var last] ? last.Number : _read;
        if (batch.Events.OfType<Sampled>().Any())
        {
            _sampleSteps = history.SampleSteps(Id);
        }

        Logged[] lines = [.. batch.Events.Select(EventLog.LineOf).OfType<Logged>()];
        if (lines.Length > 0)
        {
            _log = [.. _log.Union(lines).TakeLast(LogLines)]; // it was read later than the figure, so that it may have some already
        }

        StateHasChanged();
        await DrawAsync(batch.Events);
    }

    private async Task DrawAsync(IReadOnlyList<RunEvent> events)
    {
        if (events.Count == 0 || _view.Chart.Zoom.X is not null)
        {
            return; // points appended to a zoomed range would be joined to its edge by a spurious line
        }

        IReadOnlyList<ChartDelta> deltas = _figure!.Live[Id].Append(events);
        _appended += events.Count;
        bool isOther = events.Any(e => e is Started); // the set of curves is now known
        if (isOther || _appended > MostAppended || _frame is null || !await _frame.AppendAsync(deltas))
        {
            RedrawAndGoOn();
            StateHasChanged();
        }
    }

    private Task ShowChart(ChartView chart)
    {
        bool isZoom = chart.Zoom != _view.Chart.Zoom;
        if (Draw(_view with { Chart = chart }))
        {
            Keep(isZoom);
        }

        return Task.CompletedTask;
    }

    /// <summary>Draws the curves of a view; returns false if there is no run.</summary>
    private bool Draw(RunPageView view)
    {
        if (_run is null)
        {
            return false;
        }

        _view = view;
        RedrawAndGoOn();
        return true;
    }

    private void ShowHidden(IReadOnlyCollection<string> hidden)
    {
        _view = _view with { Hidden = [.. hidden] };
        _figure = _figure! with { Figure = _figure.Figure with { Hidden = _view.Hidden } };
        Keep();
    }

    /// <summary>Shows the curves that the address asks for after Back or Forward.</summary>
    private void OnLocationChanged(object? sender, LocationChangedEventArgs change)
    {
        var asked = RunPageView.Read(PageQuery.Of(_navigation));
        if (_run is { } run
            && _navigation.ToBaseRelativePath(change.Location).Split('?', '#')[0] == RunText.Address(run)
            && (asked.Chart != _view.Chart || !asked.Hidden.SequenceEqual(_view.Hidden)))
        {
            Start(() =>
            {
                Draw(_view with { Chart = asked.Chart, Hidden = asked.Hidden });
                StateHasChanged();
            });
        }
    }

    private Task ShowSamples(SampleView samples)
    {
        _view = _view with { Samples = samples };
        Keep();
        return Task.CompletedTask;
    }

    private Task StepSamples(int by)
    {
        if (_sampleSteps.Count == 0)
        {
            return Task.CompletedTask;
        }

        int at = SampleSteps.IndexOf(_sampleSteps, _view.Samples.Step);
        int next = Math.Clamp(at + by, 0, _sampleSteps.Count - 1);
        return ShowSamples(_view.Samples with { Step = next == _sampleSteps.Count - 1 ? null : _sampleSteps[next] });
    }

    private Task PauseOrResume()
    {
        if (_run?.State == RunState.Running)
        {
            _actions.Pause(_run);
        }
        else if (_run?.State == RunState.Paused)
        {
            _actions.Resume(_run);
        }

        return Task.CompletedTask;
    }

    private void ShowOutput(bool isShown)
    {
        _view = _view with { ShowsOutput = isShown };
        Keep();
    }

    /// <param name="isStep">True for a view that Back undoes.</param>
    private void Keep(bool isStep = false)
    {
        script.KeepAddress(_navigation, _view.Write(), isStep);
        StateHasChanged();
    }
}
