using System.Diagnostics;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Runtime.Hardware;

/// <summary>
/// Times work so that other programs on the machine hardly matter: on one thread, by the processor time of that thread. A choice made from
/// such times is the same in every process, as results have to be.
/// </summary>
internal static unsafe partial class SteadyTimer
{
    private const int ThreadClock = 3; // CLOCK_THREAD_CPUTIME_ID on Linux

    /// <summary>Returns the shortest time of several runs, in seconds.</summary>
    /// <param name="repeats">Number of runs, at least 1.</param>
    /// <param name="work">Run on the calling thread, with one thread for libtorch and <see cref="ParallelTeam"/>.</param>
    internal static double Shortest(int repeats, Action work)
    {
        int threads = get_num_threads();
        set_num_threads(1);
        try
        {
            double shortest = double.MaxValue;
            for (int i = 0; i < repeats; i++)
            {
                double start = Seconds();
                work();
                shortest = Math.Min(shortest, Seconds() - start);
            }

            return shortest;
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    /// <summary>Returns the thread's processor time; the time of day where the system does not tell it as finely.</summary>
    private static double Seconds()
    {
        Time time;
        return OperatingSystem.IsLinux() && GetTime(ThreadClock, &time) == 0
            ? time.Seconds + (time.Nanoseconds * 1e-9)
            : Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;
    }

    [LibraryImport("libc.so.6", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, Time* time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Time
    {
        internal long Seconds;
        internal long Nanoseconds;
    }
}
