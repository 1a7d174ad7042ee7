using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Runtime;

/// <summary>
/// Runs the parts of a job on several threads: on libtorch's own, which OpenMP lends, so that both never compete for cores; on those of
/// .NET where libtorch brings another library.
/// </summary>
internal static unsafe class Team
{
    // void GOMP_parallel(void (*fn)(void*), void* data, unsigned num_threads, unsigned flags), of GNU's OpenMP.
    private static readonly nint GompParallel = Find();

    /// <summary>What the threads of one job share. It lies on the stack of the thread that gives the job.</summary>
    private struct Job
    {
        internal nint Body;
        internal int Parts;
        internal int NextPart;
        internal int NextWorker;
    }

    /// <summary>Threads that a job may have.</summary>
    public static int Size => get_num_threads();

    /// <summary>Calls <paramref name="body"/> once for each part, in any order, and returns when all have ended.</summary>
    /// <param name="parts">Results must not depend on which thread does which.</param>
    /// <param name="body">Part, and worker below <see cref="Size"/>: no two calls at a time have the same. Must not throw.</param>
    public static void Run(int parts, Action<int, int> body)
    {
        int threads = Math.Min(Size, parts);
        if (threads <= 1)
        {
            for (int part = 0; part < parts; part++)
            {
                body(part, 0);
            }
        }
        else if (GompParallel == 0)
        {
            int next = -1;
            Parallel.For(0, threads, worker =>
            {
                for (int part; (part = Interlocked.Increment(ref next)) < parts;)
                {
                    body(part, worker);
                }
            });
        }
        else
        {
            GCHandle handle = GCHandle.Alloc(body);
            var job = new Job { Body = GCHandle.ToIntPtr(handle), Parts = parts, NextPart = -1, NextWorker = -1 };
            ((delegate* unmanaged<delegate* unmanaged<Job*, void>, Job*, uint, uint, void>)GompParallel)(&Work, &job, (uint)threads, 0);
            handle.Free();
        }
    }

    [UnmanagedCallersOnly]
    private static void Work(Job* job)
    {
        int worker = Interlocked.Increment(ref job->NextWorker);
        var body = (Action<int, int>)GCHandle.FromIntPtr(job->Body).Target!;
        for (int part; (part = Interlocked.Increment(ref job->NextPart)) < job->Parts;)
        {
            body(part, worker);
        }
    }

    private static nint Find()
    {
        LibTorch.Load();
        string? path = OperatingSystem.IsLinux() ? LibTorch.LoadedPath("libgomp") : null;
        return path is not null && NativeLibrary.TryLoad(path, out nint library) && NativeLibrary.TryGetExport(library, "GOMP_parallel", out nint parallel) ? parallel : 0;
    }
}
