using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Runs;

/// <summary>
/// Guards the folder given by <c>--out</c>: only one run at a time may export to it, and it may not be inside another run's folder.
/// </summary>
public static class OutputFolder
{
    /// <summary>Reserves the folder for this process until disposed, with a lock file next to it.</summary>
    /// <param name="folder">Absolute path; it need not exist, and its parent folders are created.</param>
    /// <param name="ownRun">Folder of the run being resumed, inside which it may be; null for a new run.</param>
    /// <exception cref="InputException">Another run exports to the folder, it is inside another run's folder, or the lock file cannot be
    /// created.</exception>
    public static IDisposable Take(string folder, string? ownRun = null)
    {
        folder = Links.Resolve(Path.TrimEndingDirectorySeparator(folder)); // every spelling resolves to the same folder
        if (RunAbove(folder) is { } run && run != (ownRun is null ? null : Links.Resolve(ownRun)))
        {
            throw new InputException($"--out {folder} is in the folder of the run {Path.GetFileName(run)}, whose record it would change; "
                + $"name another folder.");
        }

        string? parent = Path.GetDirectoryName(folder);
        if (parent is null)
        {
            throw new InputException($"--out {folder} is not a folder for a model; name a new or empty one.");
        }

        string path = Path.Combine(parent, $".{Path.GetFileName(folder)}.lock");
        try
        {
            using (PrivateFiles.AsTheUserWants())
            {
                Directory.CreateDirectory(parent);
            }

            return FileLock.TryTake(path)
                ?? throw new InputException($"--out {folder} is the output folder of another run that is training; name another folder, "
                    + $"or wait until that run has ended.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"--out {folder} cannot be reserved for this run: {path} cannot be written "
                + $"({e.Message.TrimEnd('.')}); make it writable, or name another folder.", e);
        }
    }

    /// <summary>Returns the folder itself or its closest ancestor that is a run's folder; null if there is none.</summary>
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
