using DistillStudio.Components.Charts;
using DistillStudio.Components.Interactivity;
using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Runs;
using DistillStudio.Live;

namespace DistillStudio.Components.Pages.Compare;

/// <summary>The curves of the runs, which follow the runs that are training.</summary>
public sealed partial class ComparePage
{
    private const int MostAppended = 500;

    /// <summary>Steps of all runs up to which their curves are read before the page is first drawn.</summary>
    private const long ReadAtOnce = 50_000;

    /// <summary>Pause before curves are drawn again, so that the evaluations of several runs share one drawing.</summary>
    private static readonly TimeSpan RedrawPause = TimeSpan.FromMilliseconds(250);

    private readonly Dictionary<string, PageSubscription> _watches = [];
    private Task _reading = Task.CompletedTask;
    private OneAtATime _redrawing = null!;
    private BuiltFigure? _figure;
    private ChartFrame? _frame;
    private int _appended;

    private void ReadFirstFigure()
    {
        if (Drawn.Sum(r => (long)r.Run.Step) > ReadAtOnce)
        {
            _reading = RunAsync(ReadFirstFigureAsync);
        }
        else
        {
            ReadFigure();
        }
    }

    /// <summary>Reads the curves of long runs while the browser shows the page without them and loads the script that draws them.</summary>
    private async Task ReadFirstFigureAsync()
    {
        Func<BuiltFigure> build = Figure();
        Task<BuiltFigure> reading = Task.Run(build);
        Start(() => plotting.LoadAsync());
        BuiltFigure figure = await reading;
        if (_figure is null && _runs.Count > 0)
        {
            ShowFigure(figure);
            StateHasChanged();
        }
    }

    private void ReadFigure() => ShowFigure(_runs.Count == 0 ? null : Figure()());

    /// <summary>Returns what builds the figure of the page as it is now.</summary>
    private Func<BuiltFigure> Figure()
    {
        (IReadOnlyList<FigureRun> runs, IReadOnlyList<PanelPlan> plans, ComparePageView view) = (Drawn, Plans, _view);
        FigureRun? baseline = _runs.Count > 1 ? Baseline : null;
        return () => figures.Build(runs, plans, view.Chart, baseline, view.Hidden);
    }

    private void ShowFigure(BuiltFigure? figure)
    {
        _figure = figure;
        _appended = 0;
        Follow();
        foreach ((string id, PageSubscription watch) in _watches)
        {
            watch.Subscription.SkipTo(_figure?.LastNumbers.GetValueOrDefault(id) ?? 0);
        }
    }

    /// <summary>Draws the curves again, and then what came in the meantime.</summary>
    private async Task RedrawAsync()
    {
        await _redrawing.AskAsync();
        foreach (string id in _watches.Keys)
        {
            Start(() => FollowAsync(id));
        }
    }

    /// <summary>Reads the curves again without holding up the page.</summary>
    private async Task ReadAgainAsync()
    {
        await Task.Delay(RedrawPause);
        ReadRuns();
        if (_figure is { } before && _runs.Count > 0)
        {
            BuiltFigure figure = await Task.Run(Figure());
            if (ReferenceEquals(before, _figure)) // else the page has drawn others in the meantime
            {
                ShowFigure(figure);
            }
        }

        Judge();
        StateHasChanged();
    }

    /// <summary>Keeps one subscription for each drawn run: one that has ended may be resumed, or read again from its start.</summary>
    private void Follow()
    {
        HashSet<string> wanted = [.. Drawn.Select(r => r.Run.Id)];
        foreach (string gone in _watches.Keys.Except(wanted).ToList())
        {
            _watches.Remove(gone, out PageSubscription? watch);
            watch?.Dispose();
        }

        foreach (string id in wanted)
        {
            if (!_watches.ContainsKey(id))
            {
                long drawn = _figure?.LastNumbers.GetValueOrDefault(id) ?? 0;
                _watches[id] = new(feed.Follow(id, drawn, () => RunAsync(() => FollowAsync(id))), presence);
            }
        }
    }

    private async Task FollowAsync(string id)
    {
        if (!_watches.TryGetValue(id, out PageSubscription? watch) || _figure is null || _redrawing.IsRunning)
        {
            return;
        }

        FeedBatch batch = watch.Subscription.Pull();
        _samplesVersion += batch.MustRedraw || batch.Events.OfType<Sampled>().Any() ? 1 : 0;
        IReadOnlyList<RunEvent> events = batch.Events;
        _appended += events.Count;

        // An evaluation also changes the differences and requires a full redraw; evaluations are rare.
        bool mustDraw = batch.MustRedraw || _appended > MostAppended || events.OfType<EvaluationCompleted>().Any();
        if (!mustDraw && _view.Chart.Zoom.X is null && events.Count > 0)
        {
            mustDraw = _frame is null || !await _frame.AppendAsync(_figure.Live[id].Append(events));
        }

        if (mustDraw)
        {
            Start(RedrawAsync);
        }

        StateHasChanged();
    }
}
