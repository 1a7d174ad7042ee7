using System.Runtime.InteropServices;

namespace DistillStudio.Engine.Runtime.Hardware;

/// <summary>Lowers the priority of training threads, so that pages stay responsive on a busy processor.</summary>
public static partial class WorkerThreadPriority
{
    private const int OfThread = 0; // PRIO_PROCESS: on Linux each thread has its own
    private const int Own = 0;
    private const int Niceness = 5;

    /// <summary>
    /// Lowers the priority of the calling thread and of the threads that libtorch starts from it. This costs nothing on an idle machine.
    /// Has no effect outside Linux, or where the system denies it.
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
