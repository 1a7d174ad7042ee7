using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;

namespace DistillStudio.Engine.Runs;

/// <summary>The folder that <c>--out</c> names: one run at a time may export there, and none into the record of another.</summary>
public static class OutputFolder
{
    /// <summary>Keeps the folder for this process until disposed, by a lock file beside it.</summary>
    /// <param name="folder">Absolute; it need not exist, and folders above it are made.</param>
    /// <param name="ownRun">The folder of the run that goes on, which it may lie in; null for a new run.</param>
    /// <exception cref="InputException">Another run is to export there, it lies in the folder of another run, or no lock can be made.</exception>
    public static IDisposable Take(string folder, string? ownRun = null)
    {
        folder = Links.Resolve(Path.TrimEndingDirectorySeparator(folder)); // however it is spelled, it is one folder
        if (RunAbove(folder) is { } run && run != (ownRun is null ? null : Links.Resolve(ownRun)))
        {
            throw new InputException($"--out {folder} lies in the folder of the run {Path.GetFileName(run)}, whose record it would change; name another folder.");
        }

        string? parent = Path.GetDirectoryName(folder);
        if (parent is null)
        {
            throw new InputException($"--out {folder} is no folder for a model; name a new or an empty one.");
        }

        string path = Path.Combine(parent, $".{Path.GetFileName(folder)}.lock");
        try
        {
            using (PrivateFiles.AsTheUserWants())
            {
                Directory.CreateDirectory(parent);
            }

            return FileLock.TryTake(path)
                ?? throw new InputException($"--out {folder} is where another run that trains now puts its model; name another folder, or wait until that run has ended.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"--out {folder} cannot be kept for this run: {path} cannot be written ({e.Message.TrimEnd('.')}); make it writable, or name another folder.", e);
        }
    }

    /// <summary>The folder itself or one above it that is a run's; null for none.</summary>
    private static string? RunAbove(string folder)
    {
        for (string? above = folder; above is not null; above = Path.GetDirectoryName(above))
        {
            if (RunFolder.IsOne(above))
            {
                return above;
            }
        }

        return null;
    }
}
