using DistillStudio.Components.Interactivity;
using DistillStudio.Configuration;
using DistillStudio.Engine.Runtime;
using DistillStudio.History;
using DistillStudio.Models;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace DistillStudio.Components.Controls;

/// <summary>Dialog that publishes a run's model to a hub. The upload continues after it is closed; the models page shows it.</summary>
public sealed partial class PushDialog(ModelJobs jobs, PublishedSources sources, RunActions actions) : LiveComponent, IDisposable
{
    private string _name = "";
    private bool _isPrivate = true;
    private string? _started;

    [CascadingParameter]
    private IMudDialogInstance? Dialog { get; set; }

    [Parameter, EditorRequired]
    public required RunSummary Run { get; set; }

    private ModelJobs Jobs => jobs;

    private ModelJob? Job => _started is null ? null : jobs.Find(_started);

    private string HubName
    {
        get
        {
            try
            {
                return sources.Hub().Endpoint.Host;
            }
            catch (InputException e)
            {
                return e.Message;
            }
        }
    }

    public static Task ShowAsync(IDialogService dialogs, RunSummary run) => dialogs.ShowToEndAsync(
        "Publish the model", new DialogParameters<PushDialog> { { dialog => dialog.Run, run } });

    public void Dispose() => jobs.Changed -= OnChanged;

    protected override void OnInitialized() => jobs.Changed += OnChanged;

    private void OnChanged() => Start(StateHasChanged);

    private void Push()
    {
        string name = _name.Trim();
        if (actions.Try(() => jobs.Push(Run, name, _isPrivate)))
        {
            _started = name;
        }
    }
}
