using System.Runtime.InteropServices;

namespace DistillStudio.Engine.Runtime.Hardware;

/// <summary>
/// Threads that help one leading thread with many short jobs in a row, such as the steps of decoding. Between two jobs they spin for a
/// moment instead of sleeping, and the leader waits only for those that have joined a job: a thread without a core delays nothing.
/// </summary>
internal sealed unsafe class WorkerPool : IDisposable
{
    private const long Closed = 1L << 31;
    private const long Members = Closed - 1;
    private const int JobShift = 32;

    /// <summary>Length of the spin, about 20 µs: several times the pause between two jobs, shorter than waking a thread twice.</summary>
    private const int Spins = 500;

    private readonly Thread[] _helpers;
    private readonly object _gate = new(); // for Monitor.Wait
    private State _state = new() { Value = Closed };
    private int _sleepers;
    private bool _isEnding;
    private delegate*<nint, void> _work;
    private nint _data;

    /// <param name="size">Threads of a job, the leader included; at least 1.</param>
    internal WorkerPool(int size)
    {
        _helpers = [.. Enumerable.Range(1, size - 1).Select(i => new Thread(Help) { IsBackground = true, Name = $"worker {i}" })];
        foreach (Thread helper in _helpers)
        {
            helper.Start();
        }
    }

    /// <summary>Number of the job, whether it is closed to those who have not joined, and how many helpers are at work; on cache lines
    /// of its own, since the helpers watch it.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 192)]
    private struct State
    {
        [FieldOffset(64)]
        internal long Value;
    }

    internal int Size => _helpers.Length + 1;

    /// <summary>Runs the work on the calling thread and on those helpers that come in time; returns when all have finished.</summary>
    /// <param name="work">Takes parts until none is left. Must not throw.</param>
    /// <param name="data">Passed to <paramref name="work"/>; valid until this method returns.</param>
    internal void Run(delegate*<nint, void> work, nint data)
    {
        _work = work;
        _data = data;
        Interlocked.Exchange(ref _state.Value, ((_state.Value >> JobShift) + 1) << JobShift);
        if (Volatile.Read(ref _sleepers) > 0)
        {
            lock (_gate)
            {
                Monitor.PulseAll(_gate);
            }
        }

        work(data);
        Interlocked.Or(ref _state.Value, Closed);
        var spin = new SpinWait();
        while ((Volatile.Read(ref _state.Value) & Members) != 0)
        {
            spin.SpinOnce(sleep1Threshold: -1);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            Volatile.Write(ref _isEnding, true);
            Monitor.PulseAll(_gate);
        }

        foreach (Thread helper in _helpers)
        {
            helper.Join();
        }
    }

    private void Help()
    {
        for (long done = 0; Await(done) is { } state; done = state >> JobShift)
        {
            if (Interlocked.CompareExchange(ref _state.Value, state + 1, state) == state)
            {
                _work(_data);
                Interlocked.Decrement(ref _state.Value);
            }
            else
            {
                state = done << JobShift; // another helper was faster, or the job is over: look again
            }
        }
    }

    /// <summary>Waits for a job other than <paramref name="done"/> that can be joined. Returns null at the end.</summary>
    private long? Await(long done)
    {
        for (int i = 0; i < Spins; i++)
        {
            long state = Volatile.Read(ref _state.Value);
            if (IsOpen(state, done))
            {
                return state;
            }

            if (Volatile.Read(ref _isEnding))
            {
                return null;
            }

            Thread.SpinWait(1);
        }

        lock (_gate)
        {
            Interlocked.Increment(ref _sleepers); // before the state is read: the leader writes the state, then reads this
            long state;
            while (!IsOpen(state = Volatile.Read(ref _state.Value), done) && !_isEnding)
            {
                Monitor.Wait(_gate);
            }

            Interlocked.Decrement(ref _sleepers);
            return _isEnding ? null : state;
        }
    }

    private static bool IsOpen(long state, long done) => (state & Closed) == 0 && state >> JobShift != done;
}
