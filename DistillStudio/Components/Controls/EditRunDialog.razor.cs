using DistillStudio.Components.Interactivity;
using DistillStudio.Components.Presentation;
using DistillStudio.History;
using DistillStudio.Jobs;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace DistillStudio.Components.Controls;

/// <summary>Dialog for the user's metadata of a run: name, tags and notes.</summary>
public sealed partial class EditRunDialog(IRunManager manager, RunActions actions) : ComponentBase
{
    private string? _name;
    private string _tags = "";
    private string _notes = "";

    [CascadingParameter]
    private IMudDialogInstance? Dialog { get; set; }

    [Parameter, EditorRequired]
    public required RunSummary Run { get; set; }

    public static Task ShowAsync(IDialogService dialogs, RunSummary run) => dialogs.ShowToEndAsync(
        "Edit run", new DialogParameters<EditRunDialog> { { d => d.Run, run } });

    protected override void OnInitialized()
    {
        _name = RunText.Title(Run);
        _tags = string.Join(", ", Run.Tags);
        _notes = Run.Notes;
    }

    private void Save()
    {
        bool isSaved = actions.Try(() =>
        {
            if (_name != RunText.Title(Run))
            {
                manager.Rename(Run.Id, _name); // showing a generated title must not turn it into a given name
            }

            manager.SetTags(Run.Id, _tags.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
            manager.SetNotes(Run.Id, _notes);
        });
        if (isSaved)
        {
            Dialog?.Close();
        }
    }
}
