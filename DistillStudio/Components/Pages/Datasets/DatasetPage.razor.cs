using DistillStudio.Components.Interactivity;
using DistillStudio.Datasets;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using Microsoft.AspNetCore.Components;

namespace DistillStudio.Components.Pages.Datasets;

/// <summary>Shows one dataset: its rows, labels, teachers, repeated rows and lengths.</summary>
public sealed partial class DatasetPage(
    DatasetCache cache, StudioHome home, PagePresence presence, TimeProvider time, BrowserInterop script, NavigationManager navigation)
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
    private OneAtATime? _reading;
    private FolderWatch? _watch;
    private bool _isGone;

    [Parameter]
    public string Name { get; set; } = "";

    private string Folder => Path.Combine(home.Datasets, Name);

    public void Dispose()
    {
        _watch?.Dispose();
        _closed.Cancel();
        _closed.Dispose();
    }

    protected override void OnInitialized() => _reading = new(ReadAsync);

    protected override void OnParametersSet()
    {
        if (_read != Name)
        {
            _read = Name;
            (_dataset, _reports, _balances, _repeats, _trouble, _isGone) = (null, null, null, null, null, false);
            (_view, _link) = (DatasetView.Read(PageQuery.Of(navigation)), null);
            _watch?.Dispose();
            _watch = null;
            Start(_reading!.AskAsync);
        }
    }

    private async Task ReadAsync()
    {
        var link = PageQuery.Of(navigation); // its problems are shown once it is known which splits there are
        CancellationToken stop = _closed.Token;
        try
        {
            _info = DatasetCatalog.Get(Name, home.Datasets);
            _watch ??= new(presence, time, Folder, () => RunAsync(_reading!.AskAsync)); // once the name is known to be one
            _card = _info.IsImported && _info.Problem is null ? DatasetCard.Read(Folder) : null;
            Dataset dataset = await cache.LoadAsync(Name, stop);
            _view = _view.Fit(dataset, link);
            (_dataset, _link, _trouble, _isGone) = (dataset, link, null, false);
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
            _isGone = _dataset is not null && !Directory.Exists(Folder);
            _trouble = _isGone ? null : e.Message;
        }

        StateHasChanged();
    }

    private void Show(DatasetView view)
    {
        _view = view;
        script.KeepAddress(navigation, _view.Write());
    }
}
