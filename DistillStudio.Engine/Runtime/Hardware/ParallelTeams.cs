using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Runtime.Hardware;

/// <summary>
/// Divides threads into teams that work on large independent parts at the same time, so that the threads meet seldom: where one team of
/// all threads would divide many small operations.
/// </summary>
internal static class ParallelTeams
{
    /// <summary>libtorch keeps the number of threads per thread, but initializes new ones from the number that was set last.</summary>
    private static readonly Lock ThreadCounts = new();

    /// <summary>
    /// Executes each part once and returns when all have ended. With one team the calling thread leads it; otherwise each team has a new
    /// thread, which inherits the caller's priority.
    /// </summary>
    /// <param name="teams">Number of teams; those without a part are not started.</param>
    /// <param name="size">Threads per team, at least 1: of <see cref="ParallelTeam"/> and of libtorch.</param>
    /// <param name="usesLibtorch">Whether most of the work is libtorch's; otherwise each team has a <see cref="WorkerPool"/>.</param>
    /// <param name="parts">Number of parts. Teams take them in order.</param>
    /// <param name="body">Receives the index of the part, and a token that is also cancelled when another part has failed.</param>
    /// <param name="cancellation">Checked before each part.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    /// <remarks>The first exception of any part ends all teams and is thrown here.</remarks>
    internal static void Run(
        int teams, int size, bool usesLibtorch, int parts, Action<int, CancellationToken> body, CancellationToken cancellation)
    {
        if (Math.Min(teams, parts) > 1)
        {
            RunOnThreads(Math.Min(teams, parts), size, usesLibtorch, parts, body, cancellation);
            return;
        }

        int threads = ParallelTeam.Size;
        SetThreads(size, threads);
        try
        {
            using IDisposable? pool = usesLibtorch ? null : ParallelTeam.Lead(size);
            for (int part = 0; part < parts; part++)
            {
                cancellation.ThrowIfCancellationRequested();
                body(part, cancellation);
            }
        }
        finally
        {
            SetThreads(threads, size);
        }
    }

    private static void RunOnThreads(
        int teams, int size, bool usesLibtorch, int parts, Action<int, CancellationToken> body, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var begun = new CountdownEvent(teams);
        using var go = new ManualResetEventSlim();
        ExceptionDispatchInfo? failure = null;
        int next = -1;

        void Attempt(Action action)
        {
            try
            {
                action();
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(e), null);
                stop.Cancel();
            }
        }

        void Work()
        {
            using IDisposable? pool = usesLibtorch ? null : ParallelTeam.Lead(size);
            // The caller's token is looked at too: the linked one is cancelled a moment later.
            for (int part; !cancellation.IsCancellationRequested && !stop.IsCancellationRequested
                && (part = Interlocked.Increment(ref next)) < parts;)
            {
                body(part, stop.Token);
            }
        }

        void Lead()
        {
            Attempt(() =>
            {
                _ = ParallelTeam.Size; // initializes the thread's count, which would otherwise replace the one set here
                set_num_threads(size);
            });
            begun.Signal();
            go.Wait(CancellationToken.None);
            Attempt(Work);
        }

        var leaders = new List<Thread>();
        lock (ThreadCounts)
        {
            int threads = ParallelTeam.Size;
            Attempt(() =>
            {
                for (int team = 0; team < teams; team++)
                {
                    var leader = new Thread(Lead) { IsBackground = true, Name = $"team {team + 1}" };
                    leader.Start();
                    leaders.Add(leader);
                }
            });
            if (leaders.Count < teams)
            {
                begun.Signal(teams - leaders.Count); // the system refused a thread
            }

            begun.Wait(CancellationToken.None);
            set_num_threads(threads);
        }

        go.Set();
        leaders.ForEach(leader => leader.Join());
        cancellation.ThrowIfCancellationRequested();
        failure?.Throw();
    }

    private static void SetThreads(int count, int before)
    {
        if (count != before)
        {
            lock (ThreadCounts)
            {
                set_num_threads(count);
            }
        }
    }
}
