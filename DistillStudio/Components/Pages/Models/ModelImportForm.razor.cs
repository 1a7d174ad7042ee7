using DistillStudio.Components.Interactivity;
using DistillStudio.Datasets;
using DistillStudio.Engine.Hub;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Models;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Forms;

namespace DistillStudio.Components.Pages.Models;

/// <summary>Selects a model to import: by its path on the server's machine, or uploaded as a zip.</summary>
public sealed partial class ModelImportForm(Uploads uploads) : LiveComponent, IDisposable
{
    private readonly CancellationTokenSource _closed = new();
    private string _path = "";
    private string _name = "";
    private string _proposed = "";
    private string? _upload;
    private string? _trouble;

    [Parameter, EditorRequired]
    public required ModelJobs Jobs { get; set; }

    public void Dispose()
    {
        _closed.Cancel();
        _closed.Dispose();
    }

    /// <summary>Proposes a name until the user has written one.</summary>
    private void Propose()
    {
        if (_name == _proposed)
        {
            _name = _proposed = string.IsNullOrWhiteSpace(_path) || _path.Contains('\0', StringComparison.Ordinal)
                ? ""
                : ModelImporter.ProposeName(_path.Trim());
        }
    }

    private void Import()
    {
        _trouble = null;
        try
        {
            string path = UserPath.Expand(_path.Trim());
            Jobs.Import(path, _name.Trim(), () => uploads.Delete(path));
            (_path, _name, _proposed) = ("", "", "");
        }
        catch (InputException e)
        {
            _trouble = e.Message;
        }
    }

    private async Task UploadAsync(InputFileChangeEventArgs chosen)
    {
        _trouble = null;
        try
        {
            _upload = chosen.File.Name;
            _path = await uploads.ReceiveAsync(chosen.File, ShowUpload, _closed.Token);
            Propose();
        }
        catch (InputException e)
        {
            _trouble = e.Message;
        }
        finally
        {
            _upload = null;
        }
    }

    private void ShowUpload(string text)
    {
        _upload = text;
        StateHasChanged();
    }
}
