using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;

namespace DistillStudio.Engine.Runs;

/// <summary>Another process writes the run.</summary>
public sealed class RunHeldException(string folder)
    : InputException($"{folder} is being written by another process; wait until that run has ended, or stop it.");

/// <summary>Says which runs are being written: the writing process keeps <c>run.lock</c> locked.</summary>
public static class RunLock
{
    public const string FileName = "run.lock";

    /// <summary>Some process, this one included, writes the run in this folder.</summary>
    /// <exception cref="InputException">Something lies in the lock's place that cannot be asked.</exception>
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

    /// <summary>Takes the run for this process until disposed.</summary>
    /// <exception cref="RunHeldException">Another process writes it.</exception>
    /// <exception cref="InputException">Something else lies in the lock's place.</exception>
    /// <exception cref="DirectoryNotFoundException">The run's folder is gone.</exception>
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
        new($"{path} cannot be used as the run's lock ({e.Message.TrimEnd('.')}); make it a file that can be read and written, or remove it.", e);

    private static string PathIn(string folder) => Path.Combine(folder, FileName);
}
