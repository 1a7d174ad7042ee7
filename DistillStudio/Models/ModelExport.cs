using System.IO.Compression;
using DistillStudio.Engine.Downloads;
using DistillStudio.Engine.Hub;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Models;

/// <summary>Writes a trained model as a folder or a zip archive. A target appears once it is complete.</summary>
internal static class ModelExport
{
    public const string ZipEnding = ".zip";

    private const string Stage = "exporting";
    private const int BlockBytes = 1 << 20;

    /// <summary>Writes a folder or, if the target ends in <c>.zip</c>, an archive.</summary>
    /// <param name="target">Absolute path.</param>
    /// <param name="progress">Receives the progress; null for none.</param>
    /// <exception cref="InputException">The target exists, or cannot be written.</exception>
    /// <exception cref="StudioException">The disk has too little free space.</exception>
    public static async Task WriteAsync(string target, TrainedModel model, Action<ModelProgress>? progress, CancellationToken stop)
    {
        if (Path.Exists(target) && !(Directory.Exists(target) && !Directory.EnumerateFileSystemEntries(target).Any()))
        {
            throw new InputException($"{target} already exists; name a new folder or archive, or remove it.");
        }

        string unfinished = $"{target}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (PrivateFiles.AsTheUserWants())
            {
                string parent = Path.GetDirectoryName(target)
                    ?? throw new InputException($"{target} cannot become a model's folder; name a new folder in it.");
                Directory.CreateDirectory(parent);
                DiskSpace.Require(parent, model.Bytes);
                if (target.EndsWith(ZipEnding, StringComparison.OrdinalIgnoreCase))
                {
                    await using (FileStream file = Create(unfinished))
                    {
                        await WriteZipAsync(file, model, progress, stop);
                        file.Flush(flushToDisk: true);
                    }

                    File.Move(unfinished, target);
                    return;
                }

                await WriteFolderAsync(unfinished, model, progress, stop);
                if (Directory.Exists(target))
                {
                    Directory.Delete(target); // it is empty
                }

                Directory.Move(unfinished, target);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{target} cannot be written: {e.Message.TrimEnd('.')}; name another target.", e);
        }
        finally
        {
            if (Directory.Exists(unfinished))
            {
                Directory.Delete(unfinished, recursive: true);
            }
            else if (File.Exists(unfinished))
            {
                File.Delete(unfinished);
            }
        }
    }

    /// <summary>Packs the model into one folder of an archive, named after the run.</summary>
    /// <param name="archive">Writable, synchronously too; need not support seeking.</param>
    public static async Task WriteZipAsync(Stream archive, TrainedModel model, Action<ModelProgress>? progress, CancellationToken stop)
    {
        long done = 0;
        await using ZipArchive zip = await ZipArchive.CreateAsync(
            archive, ZipArchiveMode.Create, leaveOpen: true, entryNameEncoding: null, stop);
        foreach (ModelFile file in model.Files)
        {
            ZipArchiveEntry entry = zip.CreateEntry($"{model.Run.Id}/{file.Name}", CompressionLevel.Fastest);
            await using Stream target = await entry.OpenAsync(stop);
            await CopyAsync(file, target, count => progress?.Invoke(new(Stage, done += count, model.Bytes)), stop);
        }
    }

    private static async Task WriteFolderAsync(string folder, TrainedModel model, Action<ModelProgress>? progress, CancellationToken stop)
    {
        long done = 0;
        Directory.CreateDirectory(folder);
        foreach (ModelFile file in model.Files)
        {
            await using FileStream target = Create(Path.Combine(folder, file.Name));
            await CopyAsync(file, target, count => progress?.Invoke(new(Stage, done += count, model.Bytes)), stop);
            target.Flush(flushToDisk: true);
        }
    }

    private static async Task CopyAsync(ModelFile file, Stream target, Action<int> progress, CancellationToken stop)
    {
        await using Stream source = file.Open();
        byte[] block = new byte[BlockBytes];
        for (int read; (read = await source.ReadAsync(block, stop)) > 0; progress(read))
        {
            await target.WriteAsync(block.AsMemory(0, read), stop);
        }
    }

#pragma warning disable RS0030 // creates a new file
    private static FileStream Create(string path) => new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
#pragma warning restore RS0030
}
