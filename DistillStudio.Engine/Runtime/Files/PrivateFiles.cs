using System.Runtime.InteropServices;

namespace DistillStudio.Engine.Runtime.Files;

/// <summary>
/// Keeps files that the program writes readable by their owner only. Does nothing on Windows, where the user's folder is private already.
/// </summary>
public static partial class PrivateFiles
{
    /// <summary>Read, write and search permission for the owner.</summary>
    public const UnixFileMode Folder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite
            | UnixFileMode.OtherExecute;

    /// <summary>The user's original umask; null until <see cref="Begin"/>.</summary>
    private static uint? _usersMask;

    /// <summary>Restricts every file that this process creates from now on, including those of libraries, to its owner.</summary>
    public static void Begin()
    {
        if (!OperatingSystem.IsWindows())
        {
            _usersMask ??= SetMask((uint)Others);
        }
    }

    /// <summary>Applies the user's own umask to new files until disposed; for a path outside the home that the user specified.</summary>
    public static IDisposable AsTheUserWants() => new UsersMask();

    /// <summary>Removes group and other permissions from an entry; neither changes nor follows links.</summary>
    /// <returns>True if permissions were removed; false also on a file system without modes.</returns>
    /// <exception cref="IOException">The entry was deleted or cannot be changed.</exception>
    /// <exception cref="UnauthorizedAccessException">The entry belongs to another user.</exception>
    public static bool Close(FileSystemInfo entry)
    {
        if (OperatingSystem.IsWindows() || entry.Attributes.HasFlag(FileAttributes.ReparsePoint) || (entry.UnixFileMode & Others) == 0)
        {
            return false;
        }

        entry.UnixFileMode &= ~Others;
        entry.Refresh();
        return (entry.UnixFileMode & Others) == 0;
    }

    /// <summary>Creates a folder that only its owner can access, unless it exists.</summary>
    public static void MakeFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, Folder);
        }
    }

    private sealed class UsersMask : IDisposable
    {
        public UsersMask()
        {
            if (_usersMask is { } mask)
            {
                _ = SetMask(mask);
            }
        }

        public void Dispose()
        {
            if (_usersMask is not null)
            {
                _ = SetMask((uint)Others);
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "umask")]
    private static partial uint SetMask(uint mask);
}
