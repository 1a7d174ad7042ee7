using System.Runtime.InteropServices;

namespace DistillStudio.Engine.Runtime.Interop;

/// <summary>Ends the process while native code still runs on other threads.</summary>
public static partial class ProcessEnd
{
    /// <summary>
    /// Ends the process without closing anything that is open. An ordinary exit frees libtorch's memory under a computing thread, which
    /// can end in a segmentation fault.
    /// </summary>
    public static void Now(int exitCode)
    {
        Console.Out.Flush();
        Console.Error.Flush();
        if (OperatingSystem.IsWindows())
        {
            Environment.Exit(exitCode); // stops the other threads first
        }

        ExitAtOnce(exitCode);
    }

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void ExitAtOnce(int status);
}
