using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using Microsoft.AspNetCore.Components.Forms;

namespace DistillStudio.Datasets;

/// <summary>Files that a browser sent for an import: <c>uploads/</c> in the home, emptied when the studio starts.</summary>
public sealed class Uploads
{
    /// <summary>Largest file in bytes; larger ones are named by their path on the server's machine.</summary>
    public const long LargestFile = 2L * ByteSize.GB;

    private const int BlockBytes = 1 << 16;
    private const long BytesBetweenNews = 4 << 20;

    private readonly string _folder;

    public Uploads(StudioHome home)
    {
        _folder = Path.Combine(home.Path, "uploads");
        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Nothing was uploaded before, or it cannot be deleted.
        }
    }

    /// <summary>Receives a file that the browser sends, and returns its path.</summary>
    /// <param name="show">Called from time to time with the progress as text.</param>
    /// <exception cref="InputException">The file is too large, or the upload was interrupted.</exception>
    public async Task<string> ReceiveAsync(IBrowserFile file, Action<string> show, CancellationToken stop)
    {
        if (file.Size > LargestFile)
        {
            throw new InputException($"{file.Name} is larger than {ByteSize.Format(LargestFile)}; "
                + "copy it to the studio's machine and name its path.");
        }

        try
        {
            await using Stream content = file.OpenReadStream(LargestFile, stop);
            return await SaveAsync(file.Name, content, ShowAsync, stop);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            throw new InputException($"The upload was interrupted ({FailureText.Sentence(e).TrimEnd('.')}); choose the file again.", e);
        }

        Task ShowAsync(long bytes)
        {
            if (bytes % BytesBetweenNews < BlockBytes || bytes == file.Size)
            {
                show($"{file.Name}: {ByteSize.Format(bytes)} of {ByteSize.Format(file.Size)}");
            }

            return Task.CompletedTask;
        }
    }

    /// <summary>Saves a file under its own name in a new folder, and returns its path.</summary>
    /// <param name="name">The name that the browser sent, of which only letters, digits and <c>. _ -</c> are kept.</param>
    /// <param name="progress">Called with the bytes saved.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    private async Task<string> SaveAsync(string name, Stream content, Func<long, Task> progress, CancellationToken stop)
    {
        string folder = Path.Combine(_folder, Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(folder);
        string clean = string.Concat(
            Path.GetFileName(name.Replace('\\', '/')).Select(c => char.IsLetterOrDigit(c) || c is '.' or '_' or '-' ? c : '_'))
            .TrimStart('.');
        string path = Path.Combine(folder, clean.Length == 0 ? "upload" : clean);
        try
        {
            await using FileStream file = File.Create(path);
            byte[] block = new byte[BlockBytes];
            for (int read; (read = await content.ReadAsync(block, stop)) > 0;)
            {
                await file.WriteAsync(block.AsMemory(0, read), stop);
                await progress(file.Length);
            }

            return path;
        }
        catch
        {
            Delete(path);
            throw;
        }
    }

    public bool IsOne(string path) => path.StartsWith(_folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <summary>Deletes an upload; leaves any other file alone.</summary>
    public void Delete(string path)
    {
        try
        {
            if (IsOne(path) && Path.GetDirectoryName(path) is { } folder && folder != _folder)
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is deleted when the studio next starts.
        }
    }
}
