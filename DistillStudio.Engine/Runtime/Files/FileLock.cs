using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;

namespace DistillStudio.Engine.Runtime.Files;

/// <summary>A file that one process at a time keeps locked; the system frees it when that process dies, however it dies.</summary>
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

    /// <summary>Takes the lock until the result is disposed; null where another holder, this process included, has it.</summary>
    /// <param name="path">Made where it is missing.</param>
    /// <param name="isKept">False: the file goes when the lock is released.</param>
    /// <exception cref="IOException">The file cannot be made, or is not a plain one.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public static FileLock? TryTake(string path, bool isKept = false)
    {
        // Windows deletes no open file, except by this option; elsewhere Dispose does it, which can look first whose file it is.
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
                Thread.Sleep(Pause); // IsHeld holds it for a moment
                continue;
            }

            if (PlainFile.IsStillAt(path, file.SafeFileHandle))
            {
                return new FileLock(path, file, isKept);
            }

            file.Dispose(); // the holder before removed it between our opening and our locking it: it would lock nothing
        }

        return null;
    }

    /// <summary>Some process, this one included, holds the lock.</summary>
    /// <exception cref="IOException">That cannot be found out, such as for something else in the file's place.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static bool IsHeld(string path)
    {
        try
        {
            using FileStream probe = PlainFile.OpenRead(path, FileShare.None, bufferSize: 0);
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
                // Left behind, it locks nothing.
            }
        }

        _file.Dispose();
    }

    private static bool IsHeldBy(IOException e) => e.HResult is WouldBlockOnLinux or WouldBlockOnMac or SharingViolation;
}
