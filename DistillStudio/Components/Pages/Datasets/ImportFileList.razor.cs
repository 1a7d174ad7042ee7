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
    private const long BytesBetweenNews = 4 << 20;

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
                if (file.Size > Uploads.LargestFile)
                {
                    throw new InputException($"{file.Name} has more than {ByteSize.Format(Uploads.LargestFile)}; "
                        + $"put it on the studio's machine and name its path.");
                }

                await using Stream content = file.OpenReadStream(Uploads.LargestFile, _closed.Token);
                string path = await uploads.SaveAsync(file.Name, content, bytes => TellAsync(file, bytes), _closed.Token);
                await Uploaded.InvokeAsync((Kind, path));
            }
        }
        catch (Exception e) when (e is InputException or IOException or InvalidOperationException)
        {
            _trouble = e is InputException ? e.Message : $"The upload broke off ({FailureText.Sentence(e).TrimEnd('.')}); "
                + $"choose the file again.";
        }
        finally
        {
            _upload = null;
        }
    }

    private Task TellAsync(IBrowserFile file, long bytes)
    {
        if (bytes % BytesBetweenNews < 1 << 16 || bytes == file.Size)
        {
            _upload = $"{file.Name}: {ByteSize.Format(bytes)} of {ByteSize.Format(file.Size)}";
            StateHasChanged();
        }

        return Task.CompletedTask;
    }
}
