using DistillStudio.Components.Interactivity;
using DistillStudio.Components.Presentation;
using DistillStudio.Datasets;
using DistillStudio.Engine.Import;
using DistillStudio.Engine.Runtime;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Forms;
using Microsoft.AspNetCore.Components.Web;

namespace DistillStudio.Components.Pages.Datasets;

/// <summary>Files of an import: on the server's machine by their path, or uploaded.</summary>
public sealed partial class ImportFileList(Uploads uploads) : LiveComponent, IDisposable
{
    private const int MostFiles = 50;

    private readonly CancellationTokenSource _closed = new();
    private string _path = "";
    private string? _upload;
    private string? _trouble;

    [Parameter, EditorRequired]
    public required IReadOnlyList<ImportFile> Files { get; set; }

    /// <summary><c>rows</c> or <c>answers</c>.</summary>
    [Parameter, EditorRequired]
    public required string Kind { get; set; }

    [Parameter]
    public EventCallback<ImportFile> Remove { get; set; }

    [Parameter]
    public EventCallback<(ImportFile File, string? Split)> SetSplit { get; set; }

    /// <summary>Raised with a path on the server's machine.</summary>
    [Parameter]
    public EventCallback<string> Add { get; set; }

    /// <summary>Raised with the kind and the path of an uploaded file.</summary>
    [Parameter]
    public EventCallback<(string Kind, string Path)> Uploaded { get; set; }

    public void Dispose()
    {
        _closed.Cancel();
        _closed.Dispose();
    }

    private async Task OnKeyAsync(KeyboardEventArgs key)
    {
        if (key.Key == "Enter" && !string.IsNullOrWhiteSpace(_path))
        {
            await AddPathAsync();
        }
    }

    private async Task AddPathAsync()
    {
        _trouble = null;
        try
        {
            await Add.InvokeAsync(_path.Trim());
            _path = "";
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
            foreach (IBrowserFile file in chosen.GetMultipleFiles(MostFiles))
            {
                string path = await uploads.ReceiveAsync(file, ShowUpload, _closed.Token);
                await Uploaded.InvokeAsync((Kind, path));
            }
        }
        catch (Exception e) when (e is InputException or InvalidOperationException)
        {
            _trouble = FailureText.Sentence(e); // the latter if too many files were chosen
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
