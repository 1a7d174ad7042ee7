using System.Runtime.InteropServices;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;

namespace DistillStudio.Engine.Runtime.Files;

/// <summary>How many files, sockets among them, the system lets this process have open.</summary>
public static partial class OpenFileLimit
{
    private const int OnLinux = 7; // RLIMIT_NOFILE
    private const int OnMac = 8;

    /// <summary>Null for no limit, or where the system does not say. The runtime has raised it by now to all that this process may have.</summary>
    public static ulong? Current()
    {
        if (OperatingSystem.IsWindows())
        {
            return null;
        }

        var limit = default(Limit);
        return GetLimit(OperatingSystem.IsMacOS() ? OnMac : OnLinux, ref limit) == 0 && limit.Soft < long.MaxValue ? limit.Soft : null;
    }

    /// <summary>A sentence on what to raise; null where so many may be open. Without it the first library that does not open ends the process with a trace.</summary>
    public static string? WhyTooLow(ulong needed) => Current() is { } limit && limit < needed
        ? $"This process may have {limit} files open and needs {needed}; raise the limit of open files (ulimit -n 4096 in a shell, LimitNOFILE=4096 in a systemd unit, --ulimit nofile=4096 for a container) and start it again."
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
