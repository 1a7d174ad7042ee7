using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Demo;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Cluster;

/// <summary>
/// Copies the dataset and the model of a run from the home to a folder of the node. Jobs of one node share the copies: a file that is
/// there with the same size and time is kept. What a run names by its own path is not copied.
/// </summary>
internal static class ScratchHome
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Returns a home on the node that holds what the run reads; for reading only.</summary>
    /// <param name="home">The shared home.</param>
    /// <param name="spec">The run's settings.</param>
    /// <param name="folder">A folder of the node; created if missing.</param>
    /// <param name="stop">Ends the wait for another job that copies.</param>
    /// <exception cref="IOException">The copy cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written.</exception>
    public static StudioHome Fill(StudioHome home, RunSpec spec, string folder, CancellationToken stop)
    {
        var scratch = new StudioHome(Path.Combine(folder, $"distillstudio-{Environment.UserName}"));
        PrivateFiles.MakeFolder(scratch.Path);
        using FileLock taken = Take(Path.Combine(scratch.Path, "copy.lock"), stop);
        if (spec.DataDir is null && DatasetNames.IsValid(spec.Dataset))
        {
            string? joined = spec.Dataset == DemoDataset.Name ? null : DatasetCatalog.Get(spec.Dataset, home.Datasets).JoinedTo;
            foreach (string name in new[] { spec.Dataset, joined }.OfType<string>())
            {
                Copy(Path.Combine(home.Datasets, name), Path.Combine(scratch.Datasets, name));
            }
        }

        if (!Directory.Exists(spec.FromPretrained) && spec.FromPretrained.Split('/').All(part => part is not ("" or "." or "..")))
        {
            Copy(Path.Combine(home.Models, spec.FromPretrained), Path.Combine(scratch.Models, spec.FromPretrained));
        }

        return scratch;
    }

    private static FileLock Take(string path, CancellationToken stop)
    {
        while (true)
        {
            stop.ThrowIfCancellationRequested();
            if (FileLock.TryTake(path, isKept: true) is { } taken)
            {
                return taken;
            }

            stop.WaitHandle.WaitOne(Pause);
        }
    }

    private static void Copy(string from, string to)
    {
        if (!Directory.Exists(from))
        {
            return; // made by the program itself, or found elsewhere
        }

        foreach (FileInfo file in new DirectoryInfo(from).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            var copy = new FileInfo(Path.Combine(to, Path.GetRelativePath(from, file.FullName)));
            if (copy.Exists && copy.Length == file.Length && copy.LastWriteTimeUtc == file.LastWriteTimeUtc)
            {
                continue;
            }

            PrivateFiles.MakeFolder(copy.DirectoryName!);
            using (FileStream source = PlainFile.OpenRead(file.FullName))
            {
                AtomicFile.Write(copy.FullName, source.CopyTo);
            }

            File.SetLastWriteTimeUtc(copy.FullName, file.LastWriteTimeUtc);
        }
    }
}
