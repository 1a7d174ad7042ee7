using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Runs;

/// <summary>The run is locked by another process.</summary>
public sealed class RunHeldException(string folder)
    : InputException($"{folder} is being written by another process; wait until that run has ended, or stop it.");

/// <summary>Determines which runs are being written: the writing process holds a lock on <c>run.lock</c>.</summary>
public static class RunLock
{
    public const string FileName = "run.lock";

    /// <summary>Returns true if any process, including this one, is writing the run in this folder.</summary>
    /// <exception cref="InputException">The lock file's path is occupied by something that cannot be checked.</exception>
    public static bool IsHeld(string folder)
    {
        string path = PathIn(folder);
        try
        {
            return FileLock.IsHeld(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(path, e);
        }
    }

    /// <summary>Returns the id of the process that is writing the run in this folder; see <see cref="FileLock.HolderOf"/>.</summary>
    public static int? HolderOf(string folder) => FileLock.HolderOf(PathIn(folder));

    /// <summary>Locks the run for this process until disposed.</summary>
    /// <exception cref="RunHeldException">The run is locked by another process.</exception>
    /// <exception cref="InputException">The lock file's path is occupied by something else.</exception>
    /// <exception cref="DirectoryNotFoundException">The run's folder no longer exists.</exception>
    public static IDisposable Take(string folder)
    {
        string path = PathIn(folder);
        try
        {
            return FileLock.TryTake(path) ?? throw new RunHeldException(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException && Path.Exists(path))
        {
            throw Unusable(path, e);
        }
    }

    private static InputException Unusable(string path, Exception e) =>
        new($"{path} cannot be used as the run's lock ({e.Message.TrimEnd('.')}); make it a file that can be read and written, "
            + $"or remove it.", e);

    private static string PathIn(string folder) => Path.Combine(folder, FileName);
}
