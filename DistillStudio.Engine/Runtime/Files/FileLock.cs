using System.Globalization;

namespace DistillStudio.Engine.Runtime.Files;

/// <summary>A file that one process at a time keeps locked; the system releases the lock when that process ends for any reason.</summary>
public sealed class FileLock : IDisposable
{
    private const int Attempts = 5;
    private const int WouldBlockOnLinux = 11;
    private const int WouldBlockOnMac = 35;
    private const int SharingViolation = unchecked((int)0x80070020);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(40);

    private readonly string _path;
    private readonly FileStream _file;
    private readonly bool _isKept;

    private FileLock(string path, FileStream file, bool isKept) => (_path, _file, _isKept) = (path, file, isKept);

    /// <summary>Takes the lock until the result is disposed; returns null if another holder, possibly in this process, has it.</summary>
    /// <param name="path">Created if missing.</param>
    /// <param name="isKept">If false, the file is deleted when the lock is released.</param>
    /// <exception cref="IOException">The file cannot be created or is not a plain file.</exception>
    /// <exception cref="UnauthorizedAccessException">Writing to the file is not permitted.</exception>
    public static FileLock? TryTake(string path, bool isKept = false)
    {
        // Windows deletes an open file only through this option; elsewhere Dispose deletes it after checking whose file it is.
        FileOptions options = OperatingSystem.IsWindows() && !isKept ? FileOptions.DeleteOnClose : FileOptions.None;
        for (int attempt = 1; attempt <= Attempts; attempt++)
        {
            FileStream file;
            try
            {
                file = PlainFile.OpenOrCreate(path, FileShare.None, options);
            }
            catch (IOException e) when (IsHeldBy(e))
            {
                Thread.Sleep(Pause); // IsHeld takes the lock briefly
                continue;
            }

            if (PlainFile.IsStillAt(path, file.SafeFileHandle))
            {
                return new FileLock(path, file, isKept);
            }

            file.Dispose(); // the previous holder deleted it after we opened and before we locked it: the lock would protect nothing
        }

        return null;
    }

    /// <summary>Returns true if any process, including this one, holds the lock.</summary>
    /// <exception cref="IOException">The state cannot be determined, for example because something else is in the file's
    /// place.</exception>
    /// <exception cref="UnauthorizedAccessException">Reading the file is not permitted.</exception>
    public static bool IsHeld(string path)
    {
        try
        {
            // Shared, so that two probes at the same time do not take each other for a holder.
            using FileStream probe = PlainFile.OpenRead(path, FileShare.Read, bufferSize: 0);
            return false;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        catch (IOException e) when (IsHeldBy(e))
        {
            return true;
        }
    }

    /// <summary>
    /// Returns the id of the process that holds the lock; null if none does, or if the system does not tell: Linux does, of processes on
    /// the same machine.
    /// </summary>
    public static int? HolderOf(string path)
    {
        const string Locks = "/proc/locks"; // 1: FLOCK  ADVISORY  WRITE 4711 fd:01:131 0 EOF
        return PlainFile.PlaceOf(path) is { } place
            && SystemFiles.ReadLines(Locks)
                .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .FirstOrDefault(fields => fields is [_, "FLOCK", _, "WRITE", _, var file, ..] && file == place) is { } held
            && int.TryParse(held[4], NumberStyles.None, CultureInfo.InvariantCulture, out int process)
            && process > 0
                ? process
                : null;
    }

    public void Dispose()
    {
        if (!_isKept && !OperatingSystem.IsWindows() && !_file.SafeFileHandle.IsClosed && PlainFile.IsStillAt(_path, _file.SafeFileHandle))
        {
            try
            {
                File.Delete(_path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A leftover file locks nothing.
            }
        }

        _file.Dispose();
    }

    private static bool IsHeldBy(IOException e) => e.HResult is WouldBlockOnLinux or WouldBlockOnMac or SharingViolation;
}
