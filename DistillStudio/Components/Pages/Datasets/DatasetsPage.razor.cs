using DistillStudio.Components.Controls;
using DistillStudio.Components.Interactivity;
using DistillStudio.Configuration;
using DistillStudio.Datasets;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Import;
using DistillStudio.Engine.Runtime.Files;
using MudBlazor;

namespace DistillStudio.Components.Pages.Datasets;

/// <summary>One dataset in the table.</summary>
internal sealed record DatasetRow(DatasetInfo Info, DatasetContents Contents)
{
    public static IReadOnlyList<string> Splits { get; } = [Dataset.Train, Dataset.Valid, Dataset.Test];

    public string Task => TaskNames.All.First(task => task.Task == Info.Task).Title;

    public string RowsOf(string split) =>
        Contents.Rows.TryGetValue(split, out int? rows) ? rows is { } count ? Format.Count(count) : "?" : "–";
}

/// <summary>Lists the datasets of the home, downloads published ones and removes them.</summary>
public sealed partial class DatasetsPage(
    DatasetJobs jobs, StudioHome home, PublishedSources sources, RunActions actions, IDialogService dialogs, ISnackbar snackbar,
    PagePresence presence, TimeProvider time)
    : LiveComponent, IDisposable
{
    /// <summary>Teachers that a dataset's row names; pointing at them shows all.</summary>
    private const int MostTeachers = 4;

    private IReadOnlyList<DatasetRow>? _rows;
    private string _source = sources.Datasets;
    private FolderWatch? _watch;
    private int _ended;

    private static IReadOnlyList<DatasetInfo> Published => [.. DatasetGetter.Names.Select(DatasetCatalog.Get)];

    /// <summary>Jobs that have no card of their own among the published datasets.</summary>
    private IEnumerable<DatasetJob> Others => jobs.All().Where(job => !DatasetGetter.Names.Contains(job.Name));

    protected override void OnInitialized()
    {
        _watch = new(presence, time, home.Datasets, () => RunAsync(ReadAsync));
        jobs.Changed += OnChanged;
        _ended = Ended;
        Start(ReadAsync);
    }

    public void Dispose()
    {
        jobs.Changed -= OnChanged;
        _watch?.Dispose();
    }

    private int Ended => jobs.All().Count(job => !job.IsRunning);

    private bool IsHere(DatasetInfo info) => _rows?.Any(row => row.Info.Name == info.Name && row.Contents.Rows.Count > 0) == true;

    private void OnChanged() => Start(async () =>
    {
        if (_ended != Ended)
        {
            _ended = Ended;
            await ReadAsync();
        }

        StateHasChanged();
    });

    private async Task ReadAsync()
    {
        _rows = await Task.Run(Read);
        StateHasChanged();
    }

    private DatasetRow[] Read() =>
        [
            .. DatasetCatalog.In(home.Datasets).Select(info => new DatasetRow(info, DatasetContents.Of(info, home.Datasets))).Where(
                row => row.Contents.Rows.Count > 0 || row.Contents.Notes.Count > 0)
        ];

    private void Get(DatasetInfo info) => actions.Try(() => jobs.Get(info.Name, _source.Trim()));

    private async Task RemoveAsync(DatasetRow row)
    {
        string name = row.Info.Name;
        if (
            await dialogs.ShowMessageBoxAsync(
                $"Remove {name}?", "Its rows and its teachers' answers are deleted from the disk. Runs that used it stay.",
                yesText: "Remove", cancelText: "Keep") == true
            && actions.Try(() => DatasetRemover.Remove(DatasetRemover.Find(name, home.Datasets))))
        {
            jobs.Dismiss(name);
            snackbar.AddNote($"{name} removed.", Severity.Normal);
            await ReadAsync();
        }
    }
}
