using System.Runtime.InteropServices;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Interop;

namespace DistillStudio.Engine.Runtime.Hardware;

/// <summary>Lets pages go before training where both want the processor.</summary>
public static partial class WorkerThreadPriority
{
    private const int OfThread = 0; // PRIO_PROCESS: on Linux each thread has its own
    private const int Own = 0;
    private const int Niceness = 5;

    /// <summary>
    /// The calling thread, and those that libtorch starts for it, stand back from now on. On an idle machine that costs nothing. Linux alone has it:
    /// elsewhere, and where it is refused, nothing changes.
    /// </summary>
    public static void StandBack()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = SetPriority(OfThread, Own, Niceness);
        }
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, uint who, int niceness);
}
