using System.Runtime.InteropServices;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;

namespace DistillStudio.Engine.Runtime.Files;

/// <summary>Keeps what the program writes readable by its owner alone. On Windows the user's own folder has that already, and nothing changes.</summary>
public static partial class PrivateFiles
{
    /// <summary>Owner: read, write, enter.</summary>
    public const UnixFileMode Folder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>What the user's own mask takes from new files; null until <see cref="Begin"/>.</summary>
    private static uint? _usersMask;

    /// <summary>From now on every file that this process makes, libraries' files too, is its owner's alone.</summary>
    public static void Begin()
    {
        if (!OperatingSystem.IsWindows())
        {
            _usersMask ??= SetMask((uint)Others);
        }
    }

    /// <summary>Until disposed, new files have the modes that the user's own mask gives them: for a place outside the home that the user named.</summary>
    public static IDisposable AsTheUserWants() => new UsersMask();

    /// <summary>Takes group's and others' rights from an entry; a link is left alone, and so is what it points to.</summary>
    /// <returns>True where it had any; false too on a file system that keeps no modes.</returns>
    /// <exception cref="IOException">It went away, or cannot be changed.</exception>
    /// <exception cref="UnauthorizedAccessException">It is another user's.</exception>
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

    /// <summary>Makes a folder for its owner's eyes alone, where there is none.</summary>
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
