using System.Runtime.InteropServices;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;

namespace DistillStudio.Engine.Runtime.Interop;

/// <summary>Ends the process while native code still runs on other threads.</summary>
public static partial class ProcessEnd
{
    /// <summary>An ordinary exit takes libtorch's memory down under a thread that computes, which can end as a segmentation fault. Nothing that is open is closed.</summary>
    public static void Now(int exitCode)
    {
        Console.Out.Flush();
        Console.Error.Flush();
        if (OperatingSystem.IsWindows())
        {
            Environment.Exit(exitCode); // ends the other threads first
        }

        ExitAtOnce(exitCode);
    }

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void ExitAtOnce(int status);
}
