using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Interop;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Runtime.Hardware;

/// <summary>Work in parts that do not depend on one another.</summary>
internal interface IJob
{
    /// <summary>Must not throw.</summary>
    /// <param name="part">Which.</param>
    /// <param name="worker">Who does it: says whose scratch memory to use.</param>
    void Do(int part, int worker);
}

/// <summary>
/// Runs the parts of a job on several threads: on libtorch's own, which OpenMP lends, so that both never compete for cores; on those of
/// .NET where libtorch brings another library.
/// </summary>
internal static unsafe class ParallelTeam
{
    // void GOMP_parallel(void (*fn)(void*), void* data, unsigned num_threads, unsigned flags), of GNU's OpenMP.
    private static readonly nint GompParallel = Find();

    /// <summary>What the threads of one job share. It lies on the stack of the thread that gives the job, so that a job costs no memory.</summary>
    private struct Shared
    {
        internal delegate*<Shared*, void> Take;
        internal void* Job;
        internal int Parts;
        internal int NextPart;
        internal int NextWorker;
    }

    /// <summary>Threads that a job may have. Loads libtorch, which knows: what only plans counts threads by itself.</summary>
    public static int Size => get_num_threads();

    /// <summary>Does each part once, in any order, and returns when all have ended.</summary>
    /// <param name="parts">Results must not depend on which thread does which.</param>
    /// <param name="job">Its worker is below <see cref="Size"/>: no two parts at a time have the same.</param>
    public static void Run<TJob>(int parts, TJob job)
        where TJob : struct, IJob
    {
        int threads = Math.Min(Size, parts);
        if (threads <= 1)
        {
            for (int part = 0; part < parts; part++)
            {
                job.Do(part, 0);
            }
        }
        else if (GompParallel == 0)
        {
            RunOnDotNet(parts, threads, job);
        }
        else
        {
            var shared = new Shared { Take = &Take<TJob>, Job = Unsafe.AsPointer(ref job), Parts = parts, NextPart = -1, NextWorker = -1 };
            ((delegate* unmanaged<delegate* unmanaged<Shared*, void>, Shared*, uint, uint, void>)GompParallel)(&Work, &shared, (uint)threads, 0);
        }
    }

    /// <summary>The same for what is not done in every step.</summary>
    /// <param name="parts">As above.</param>
    /// <param name="body">Part and worker. Must not throw.</param>
    public static void Run(int parts, Action<int, int> body) => Run(parts, new Body(body));

    private readonly struct Body(Action<int, int> body) : IJob
    {
        public void Do(int part, int worker) => body(part, worker);
    }

    [UnmanagedCallersOnly]
    private static void Work(Shared* shared) => shared->Take(shared);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Take<TJob>(Shared* shared)
        where TJob : struct, IJob
    {
        int worker = Interlocked.Increment(ref shared->NextWorker);
        ref TJob job = ref Unsafe.AsRef<TJob>(shared->Job);
        for (int part; (part = Interlocked.Increment(ref shared->NextPart)) < shared->Parts;)
        {
            job.Do(part, worker);
        }
    }

    private static void RunOnDotNet<TJob>(int parts, int threads, TJob job)
        where TJob : struct, IJob
    {
        int next = -1;
        Parallel.For(0, threads, worker =>
        {
            for (int part; (part = Interlocked.Increment(ref next)) < parts;)
            {
                job.Do(part, worker);
            }
        });
    }

    private static nint Find()
    {
        LibTorch.Load();
        string? path = OperatingSystem.IsLinux() ? LibTorch.LoadedPath("libgomp") : null;
        return path is not null && NativeLibrary.TryLoad(path, out nint library) && NativeLibrary.TryGetExport(library, "GOMP_parallel", out nint parallel) ? parallel : 0;
    }
}
