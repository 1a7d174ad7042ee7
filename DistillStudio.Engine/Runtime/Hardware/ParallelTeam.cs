using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using DistillStudio.Engine.Runtime.Interop;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Runtime.Hardware;

/// <summary>Work that consists of independent parts.</summary>
internal interface IJob
{
    /// <summary>Executes one part. Must not throw.</summary>
    /// <param name="part">Index of the part.</param>
    /// <param name="worker">Index of the worker; selects the scratch memory.</param>
    void Do(int part, int worker);
}

/// <summary>
/// Runs the parts of a job on several threads: on libtorch's OpenMP threads, so that the two never compete for cores, or on .NET's threads
/// if libtorch comes with another threading library. A thread that leads a <see cref="WorkerPool"/> uses that instead.
/// </summary>
internal static unsafe class ParallelTeam
{
    // void GOMP_parallel(void (*fn)(void*), void* data, unsigned num_threads, unsigned flags), of GNU OpenMP.
    private static readonly nint GompParallel = Find();

    [ThreadStatic]
    private static WorkerPool? _pool;

    /// <summary>
    /// State shared by the threads of one job. It is on the stack of the thread that starts the job, so that a job allocates nothing.
    /// </summary>
    private struct Shared
    {
        internal delegate*<Shared*, void> Take;
        internal void* Job;
        internal int Parts;
        internal int NextPart;
        internal int NextWorker;
    }

    /// <summary>
    /// Maximum number of threads of a job. Loads libtorch to determine it; planning code counts threads without this property.
    /// </summary>
    public static int Size => _pool?.Size ?? get_num_threads();

    /// <summary>Gives the calling thread helpers of its own for its jobs, until disposed: for many short jobs without libtorch's
    /// products among them.</summary>
    /// <param name="size">Threads of a job, at least 1.</param>
    internal static IDisposable Lead(int size) => new Lease(_pool = new WorkerPool(size));

    /// <summary>Executes each part once, in any order, and returns when all have completed.</summary>
    /// <param name="parts">Number of parts. Results must not depend on which thread executes which.</param>
    /// <param name="job">The job. Worker indices are below <see cref="Size"/>, and parts that run concurrently have different
    /// ones.</param>
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
        else if (_pool is { } pool)
        {
            var shared = new Shared { Take = &Take<TJob>, Job = Unsafe.AsPointer(ref job), Parts = parts, NextPart = -1, NextWorker = -1 };
            pool.Run(&Help, (nint)(&shared));
        }
        else if (GompParallel == 0)
        {
            RunOnDotNet(parts, threads, job);
        }
        else
        {
            var shared = new Shared { Take = &Take<TJob>, Job = Unsafe.AsPointer(ref job), Parts = parts, NextPart = -1, NextWorker = -1 };
            ((delegate* unmanaged<delegate* unmanaged<Shared*, void>, Shared*, uint, uint, void>)GompParallel)(
                &Work, &shared, (uint)threads, 0);
        }
    }

    /// <summary>Runs a delegate in parallel, for work that is not done in every step.</summary>
    /// <param name="parts">As above.</param>
    /// <param name="body">Receives the part and the worker. Must not throw.</param>
    public static void Run(int parts, Action<int, int> body) => Run(parts, new Body(body));

    /// <summary>Takes the helpers from the thread again.</summary>
    private sealed class Lease(WorkerPool pool) : IDisposable
    {
        public void Dispose()
        {
            _pool = null;
            pool.Dispose();
        }
    }

    private readonly struct Body(Action<int, int> body) : IJob
    {
        public void Do(int part, int worker) => body(part, worker);
    }

    [UnmanagedCallersOnly]
    private static void Work(Shared* shared) => shared->Take(shared);

    private static void Help(nint shared) => ((Shared*)shared)->Take((Shared*)shared);

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
        return path is not null && NativeLibrary.TryLoad(path, out nint library)
            && NativeLibrary.TryGetExport(library, "GOMP_parallel", out nint parallel)
            ? parallel
            : 0;
    }
}
