using System.Runtime.InteropServices;

namespace DistillStudio.Engine.Runtime.Files;

/// <summary>Reads the system's limit on this process's open files, including sockets.</summary>
public static partial class OpenFileLimit
{
    private const int OnLinux = 7; // RLIMIT_NOFILE
    private const int OnMac = 8;

    /// <summary>
    /// Returns the limit; null if there is none or the system does not report it. The runtime has already raised it to the process's
    /// maximum.
    /// </summary>
    public static ulong? Current()
    {
        if (OperatingSystem.IsWindows())
        {
            return null;
        }

        var limit = default(Limit);
        return GetLimit(OperatingSystem.IsMacOS() ? OnMac : OnLinux, ref limit) == 0 && limit.Soft < long.MaxValue ? limit.Soft : null;
    }

    /// <summary>
    /// Returns a sentence on which limit to raise; null if it suffices. Otherwise the first library that fails to open would end the
    /// process with a stack trace.
    /// </summary>
    public static string? WhyTooLow(ulong needed) => Current() is { } limit && limit < needed
        ? $"This process may have {limit} files open and needs {needed}; raise the limit of open files (ulimit -n 4096 in a shell, "
            + $"LimitNOFILE=4096 in a systemd unit, --ulimit nofile=4096 for a container) and start it again."
        : null;

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, ref Limit limit);

    [StructLayout(LayoutKind.Sequential)]
    private struct Limit
    {
        public ulong Soft;
        public ulong Hard;
    }
}
