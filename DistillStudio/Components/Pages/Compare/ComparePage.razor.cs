using DistillStudio.Components.Charts;
using DistillStudio.Components.Controls;
using DistillStudio.Components.Interactivity;
using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Settings;
using DistillStudio.History;
using DistillStudio.Live;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;

namespace DistillStudio.Components.Pages.Compare;

/// <summary>Compares several runs: overlaid curves, the leader and its margin, and the settings.</summary>
public sealed partial class ComparePage(
    IRunHistory history,
    ILiveFeed feed,
    PagePresence presence,
    FigureBuilder figures,
    PlotlyScript plotting,
    BrowserInterop script,
    Shortcuts shortcuts,
    NavigationManager navigation) : LiveComponent, IDisposable
{
    private const int LongestId = 80;

    private ComparePageView _view = new();
    private IReadOnlyList<FigureRun> _runs = [];
    private IReadOnlyList<FigureRun> _ordered = [];
    private PageQuery? _link;
    private PageSubscription? _tableWatch;
    private IDisposable? _keys;
    private int _samplesVersion;
    private int _legendVersion;

    private FigureRun? Baseline => _runs.FirstOrDefault(IsBaseline);

    /// <summary>The runs with settings and answers, in the order of the page.</summary>
    private IReadOnlyList<FigureRun> WithSettings => [.. _runs.Where(r => !r.Run.Spec.IsCurvesOnly)];

    /// <summary>The runs that a verdict can be given on, baseline first.</summary>
    private IReadOnlyList<FigureRun> Judged => [.. _ordered.Where(r => !r.Run.Spec.IsCurvesOnly)];

    /// <summary>The runs whose curves are drawn: of many, a few of each method.</summary>
    private IReadOnlyList<FigureRun> Drawn => ComparedCurves.Drawn(_runs, Baseline?.Run.Id);

    /// <summary>The runs whose samples stand side by side.</summary>
    private IReadOnlyList<FigureRun> Sampled => [.. Drawn.Where(r => !r.Run.Spec.IsCurvesOnly)];

    private IReadOnlyList<PanelPlan> Plans =>
    [
        PanelPlan.Accuracy,
        PanelPlan.LabelLoss,
        PanelPlan.RationaleLoss,
        PanelPlan.TotalLoss,
        .. _view.Chart.ShowsMore ? PanelPlan.More : [],
    ];

    protected override void OnInitialized()
    {
        _keys = shortcuts.Add(
            new("x", "Next horizontal axis", () => ShowChart(_view.Chart.OnNextAxis())),
            new("l", "Logarithmic losses", () => ShowChart(_view.Chart with { IsLog = !_view.Chart.IsLog })),
            new("t", "Curves or table", () => ShowChart(_view.Chart with { IsTable = !_view.Chart.IsTable })));
        _view = ComparePageView.Read(_link = PageQuery.Of(navigation));
        ReadRuns();
        NoteMissing(_link);
        (_redrawing, _judging) = (new(ReadAgainAsync), new(JudgeAsync));
        ReadFirstFigure();
        Judge();
        _tableWatch = new(feed.FollowRuns(() => RunAsync(ReadSummaries)), presence);
        navigation.LocationChanged += OnLocationChanged;
    }

    public void Dispose()
    {
        navigation.LocationChanged -= OnLocationChanged;
        _keys?.Dispose();
        _tableWatch?.Dispose();
        foreach (PageSubscription watch in _watches.Values)
        {
            watch.Dispose();
        }
    }

    private bool IsBaseline(FigureRun run) =>
        run.Run.Id == (_view.Baseline is { } id && _runs.Any(r => r.Run.Id == id) ? id : _runs[0].Run.Id);

    private void NoteMissing(PageQuery link)
    {
        string[] missing = [.. _view.Runs.Except(_runs.Select(r => r.Run.Id))];
        if (missing.Length > 0)
        {
            string all = string.Join(", ", missing.Select(id => SettingLimits.Cut(id, LongestId)));
            link.Note("runs", missing.Length == 1 ? $"Run {all} is not here; it may have been deleted."
                : $"{missing.Length} runs are not here; they may have been deleted: {all}.");
        }
        else if (link.List("runs").Distinct().Skip(ComparePageView.MostRuns).Any())
        {
            link.Note("runs", $"The first {ComparePageView.MostRuns} runs are compared here; runs compare, in a terminal, takes them all.");
        }

        if (_view.Baseline is { } baseline && _runs.Count > 0 && _runs.All(r => r.Run.Id != baseline))
        {
            string name = SettingLimits.Cut(baseline, LongestId);
            link.Note("base", $"The baseline {name} is not among the runs; the first run is the baseline.");
        }
    }

    private void ReadRuns()
    {
        RunSummary[] runs = [.. _view.Runs.Select(history.Find).OfType<RunSummary>()];
        IReadOnlyDictionary<string, int> slots = RunColors.Together(runs);
        IReadOnlyList<string> names = runs.Length == 0 ? [] : RunNames.Of(runs);
        _runs = [.. runs.Select((run, i) => new FigureRun(run, names[i], slots[run.Id]))];
        _ordered = [.. _runs.OrderByDescending(IsBaseline)];
        _legendVersion++;
    }

    private void ReadSummaries()
    {
        RunSummary?[] before = [.. _runs.Select(r => r.Run)];
        ReadRuns();
        Judge();
        if (!before.SequenceEqual(_runs.Select(r => r.Run), ReferenceEqualityComparer.Instance))
        {
            Follow(); // a queued run may have started
            StateHasChanged();
        }
    }

    private void Show(ComparePageView view)
    {
        bool isZoom = view.Chart.Zoom != _view.Chart.Zoom;
        Draw(view);
        script.KeepAddress(navigation, _view.Write(), isStep: isZoom);
    }

    private void Draw(ComparePageView view)
    {
        _view = view;
        ReadRuns();
        ReadFigure();
        Judge();
        StateHasChanged();
    }

    private void ShowHidden(IReadOnlyCollection<string> hidden)
    {
        _view = _view with { Hidden = [.. hidden] };
        _figure = _figure! with { Figure = _figure.Figure with { Hidden = _view.Hidden } };
        script.KeepAddress(navigation, _view.Write());
    }

    private Task ShowChart(ChartView chart)
    {
        Show(_view with { Chart = chart });
        return Task.CompletedTask;
    }

    private void ShowSamples(SampleView samples)
    {
        _view = _view with { Samples = samples };
        script.KeepAddress(navigation, _view.Write());
    }

    private void ShowDifferences(WhereTheyDifferView differences)
    {
        _view = _view with { Differences = differences };
        script.KeepAddress(navigation, _view.Write());
    }

    private void Add(string id) => Show(_view with { Runs = [.. _view.Runs.Append(id).Distinct().Take(ComparePageView.MostRuns)] });

    private void AddAll(IReadOnlyList<string> ids) =>
        Show(_view with { Runs = [.. _view.Runs.Concat(ids).Distinct().Take(ComparePageView.MostRuns)] });

    private void SetEqualCompute(bool isAtEqualCompute) => Show(_view with { IsAtEqualCompute = isAtEqualCompute });

    private void SetMargin(double margin) => Show(_view with { Margin = margin });

    private void Remove(FigureRun run) => Show(_view with { Runs = [.. _view.Runs.Where(id => id != run.Run.Id)] });

    private void SetBaseline(FigureRun run) => Show(_view with { Baseline = run.Run.Id });

    /// <summary>Shows what the address asks for after Back, Forward or a link.</summary>
    private void OnLocationChanged(object? sender, LocationChangedEventArgs change)
    {
        var asked = ComparePageView.Read(PageQuery.Of(navigation));
        if (navigation.ToBaseRelativePath(change.Location).StartsWith("compare", StringComparison.Ordinal)
            && (!asked.Runs.SequenceEqual(_view.Runs) || asked.Chart != _view.Chart || !asked.Hidden.SequenceEqual(_view.Hidden)))
        {
            Start(() => Draw(asked));
        }
    }
}
