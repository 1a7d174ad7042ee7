using DistillStudio.Components.Interactivity;
using DistillStudio.Engine.Runtime;
using DistillStudio.Views;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace DistillStudio.Components.Pages.Runs;

/// <summary>Dialog that saves the present view under a name, and renames and deletes saved ones.</summary>
public sealed partial class ViewsDialog(SavedViewStore store) : ComponentBase
{
    private string _name = "";
    private string? _problem;
    private IReadOnlyList<SavedView> _views = [];

    [CascadingParameter]
    private IMudDialogInstance? Dialog { get; set; }

    /// <summary>The present view, as <see cref="RunsView.QueryText"/>.</summary>
    [Parameter, EditorRequired]
    public required string Query { get; set; }

    private bool IsTaken => _views.Any(view => view.Name.Equals(_name.Trim(), StringComparison.OrdinalIgnoreCase));

    public static Task ShowAsync(IDialogService dialogs, string query) => dialogs.ShowToEndAsync(
        "Saved views", new DialogParameters<ViewsDialog> { { d => d.Query, query } }, isWide: true);

    protected override void OnInitialized() => Try(store.Read);

    private void Save()
    {
        if (Try(() => store.Save(_name, Query)))
        {
            Dialog?.Close();
        }
    }

    private void Rename(SavedView view, string? name) => Try(() => store.Rename(view.Name, name ?? ""));

    private void Delete(SavedView view) => Try(() => store.Delete(view.Name));

    private bool Try(Func<SavedViews> act)
    {
        try
        {
            _views = act().Views;
            _problem = null;
            return true;
        }
        catch (InputException e)
        {
            _problem = e.Problems[0];
            return false;
        }
    }
}
