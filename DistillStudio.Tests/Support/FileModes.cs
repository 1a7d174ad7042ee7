namespace DistillStudio.Tests.Support;

/// <summary>Who may read a file; unused on Windows, which has no such modes.</summary>
internal static class FileModes
{
    public const UnixFileMode Others = (UnixFileMode)0b000_111_111;

    public static UnixFileMode Of(string path) => OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(path);

    public static void Set(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, mode);
        }
    }
}
