using DistillStudio.Components.Interactivity;
using DistillStudio.Datasets;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using Microsoft.AspNetCore.Components;

namespace DistillStudio.Components.Pages.Datasets;

/// <summary>Shows one dataset: its rows, labels, teachers, repeated rows and lengths.</summary>
public sealed partial class DatasetPage(DatasetCache cache, StudioHome home, BrowserInterop script, NavigationManager navigation)
    : LiveComponent, IDisposable
{
    private const int MostLabels = 12;
    private const int MostRepeats = 20;

    private readonly CancellationTokenSource _closed = new();
    private string? _read;
    private Dataset? _dataset;
    private DatasetInfo? _info;
    private DatasetCard? _card;
    private DatasetView _view = new();
    private PageQuery? _link;
    private string? _trouble;
    private IReadOnlyList<TeacherReport>? _reports;
    private IReadOnlyDictionary<string, LabelBalance>? _balances;
    private RepeatedRows? _repeats;

    [Parameter]
    public string Name { get; set; } = "";

    public void Dispose()
    {
        _closed.Cancel();
        _closed.Dispose();
    }

    protected override void OnParametersSet()
    {
        if (_read != Name)
        {
            _read = Name;
            (_dataset, _reports, _balances, _repeats, _trouble) = (null, null, null, null, null);
            var link = PageQuery.Of(navigation);
            (_view, _link) = (DatasetView.Read(link), null);
            Start(() => ReadAsync(link));
        }
    }

    /// <param name="link">The query of the address, whose problems are shown once it is known which splits there are.</param>
    private async Task ReadAsync(PageQuery link)
    {
        CancellationToken stop = _closed.Token;
        try
        {
            _info = DatasetCatalog.Get(Name, home.Datasets);
            _card = _info.IsImported && _info.Problem is null ? DatasetCard.Read(Path.Combine(home.Datasets, Name)) : null;
            Dataset dataset = await cache.LoadAsync(Name, stop);
            _view = _view.Fit(dataset, link);
            (_dataset, _link) = (dataset, link);
            StateHasChanged();
            _reports = await Task.Run(
                () => dataset.Splits.Values.SelectMany(
                    split => split.Teachers.Keys.Select(teacher => TeacherReport.Of(dataset.Task, split, teacher))).ToArray(),
                stop);
            StateHasChanged();
            _balances = await Task.Run(
                () => dataset.Splits.ToDictionary(split => split.Key, split => LabelBalance.Of(split.Value, MostLabels)), stop);
            _repeats = await Task.Run(() => RepeatedRows.Of(dataset, MostRepeats), stop);
        }
        catch (InputException e)
        {
            _trouble = e.Message;
        }

        StateHasChanged();
    }

    private void Show(DatasetView view)
    {
        _view = view;
        script.KeepAddress(navigation, _view.Write());
    }
}
