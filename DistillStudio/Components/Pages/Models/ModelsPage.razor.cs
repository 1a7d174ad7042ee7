using DistillStudio.Components.Controls;
using DistillStudio.Components.Interactivity;
using DistillStudio.Configuration;
using DistillStudio.Engine.Hub;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.History;
using DistillStudio.Models;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace DistillStudio.Components.Pages.Models;

/// <summary>The model to get, stored in the URL.</summary>
internal sealed record ModelsView(string Name = "", string Revision = "")
{
    public static ModelsView Read(PageQuery query) => new(query.Text("get") ?? "", query.Text("revision") ?? "");

    public PageQuery Write() => new PageQuery().Set("get", Name).Set("revision", Revision);
}

/// <summary>Lists the models of the home, gets and imports further ones, and removes them.</summary>
public sealed partial class ModelsPage(
    ModelJobs jobs,
    StudioHome home,
    PublishedSources sources,
    IRunHistory history,
    RunActions actions,
    IDialogService dialogs,
    ISnackbar snackbar,
    PagePresence presence,
    TimeProvider time,
    BrowserInterop script,
    NavigationManager navigation) : LiveComponent, IDisposable
{
    private IReadOnlyList<ModelListing>? _models;
    private ModelsView _view = new();
    private PageQuery? _link;
    private FolderWatch? _watch;
    private int _ended;

    private int Ended => jobs.All().Count(job => !job.IsRunning);

    private string HubName
    {
        get
        {
            try
            {
                return sources.Hub().Endpoint.Host;
            }
            catch (InputException)
            {
                return "the hub"; // a download reports what is wrong with its address
            }
        }
    }

    public void Dispose()
    {
        jobs.Changed -= OnChanged;
        _watch?.Dispose();
    }

    protected override void OnInitialized()
    {
        _view = ModelsView.Read(_link = PageQuery.Of(navigation));
        _watch = new(presence, time, home.Models, () => RunAsync(ReadAsync));
        jobs.Changed += OnChanged;
        _ended = Ended;
        Start(ReadAsync);
    }

    private static string TrainAddress(ModelListing model) => new PageQuery().Set("from_pretrained", model.Folder).Under("launch");

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
        _models = await Task.Run(() => ModelListing.In(home));
        StateHasChanged();
    }

    private void Show(ModelsView view)
    {
        _view = view;
        script.KeepAddress(navigation, _view.Write());
    }

    private void Get() =>
        actions.Try(
            () => jobs.Get(_view.Name.Trim(), _view.Revision.Trim() is { Length: > 0 } revision ? revision : HubAddress.MainRevision));

    private async Task RemoveAsync(ModelListing model)
    {
        IReadOnlyList<RunSummary> runs = history.ListRuns();
        string also = await Task.Run(() => ModelUse.Warning(home, model.Folder, runs)) is { } warning ? $" {warning}" : "";
        string question =
            $"{ByteSize.Format(model.Bytes)} are deleted from the disk. Runs that started from it stay, "
                + $"with the models they trained.{also}";
        if (await dialogs.ShowMessageBoxAsync($"Remove {model.Name}?", question, yesText: "Remove", cancelText: "Keep") == true
            && actions.Try(() => ModelUse.Remove(home, model.Name, history.ListRuns())))
        {
            jobs.Dismiss(model.Name);
            snackbar.AddNote($"{model.Name} removed.", Severity.Normal);
            await ReadAsync();
        }
    }
}
