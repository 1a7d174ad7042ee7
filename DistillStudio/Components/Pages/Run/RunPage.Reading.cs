using DistillStudio.Components.Charts;
using DistillStudio.Components.Presentation;
using DistillStudio.History;

namespace DistillStudio.Components.Pages.Run;

/// <summary>What the page reads of the run's history.</summary>
public sealed partial class RunPage
{
    private void ReadAll()
    {
        _run = history.Find(Id) ?? _run;
        ReadPartners();
        ReadFigure();
        ReadBesideFigure();
    }

    /// <summary>Reads what the page shows of events that the figure has already: the feed goes on behind them.</summary>
    private void ReadBesideFigure()
    {
        _run = history.Find(Id) ?? _run;
        _sampleSteps = history.SampleSteps(Id);
        _log = history.FullLog(Id, LogLines);
        _read = _figure!.LastNumbers[Id];
    }

    /// <summary>
    /// Reads the runs launched together with this one, and those of its lineage, which may appear or be deleted independently.
    /// </summary>
    private void ReadPartners()
    {
        IReadOnlyList<RunSummary> all = history.ListRuns();
        IReadOnlyList<RunSummary> partners = _run!.Group is not { } group ? [] : [.. all.Where(r => r.Group == group).Reverse()];
        bool hasChanged = !partners.Select(r => r.Id).SequenceEqual(_partners.Select(r => r.Id));
        _partners = hasChanged ? partners : _partners;
        _lineage = RunLineage.Of(_run, all);
        if (hasChanged || !_lineage.IsAlone || IsGone)
        {
            StateHasChanged();
        }
    }

    private void ReadFigure()
    {
        FigureRun run = new(_run!, RunText.Title(_run!), RunColors.Slot(_run!));
        _figure = figures.Build([run], Plans, _view.Chart, hidden: _view.Hidden);
        _appended = 0;
    }

    private void RedrawAndGoOn()
    {
        ReadFigure();
        if (_figure!.LastNumbers[Id] != _read)
        {
            ReadBesideFigure();
        }

        _subscription?.Subscription.SkipTo(_figure.LastNumbers[Id]);
    }
}
