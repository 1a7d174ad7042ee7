using DistillStudio.Engine.Runtime.Interop;

namespace DistillStudio.Engine.Backends.Gpu;

/// <summary>
/// Runs recurring work of fixed shapes: eagerly at first, then recorded as a graph and replayed. Keeps the buffers of each shape, and drops
/// those that were not used for longest. If recording fails, work runs eagerly from then on. Belongs to one thread.
/// </summary>
/// <param name="graphs">Records graphs; null to run everything eagerly.</param>
/// <param name="notice">Receives one sentence if recording fails.</param>
/// <param name="most">Maximum number of shapes kept.</param>
internal sealed class GraphCache(ICudaGraphs? graphs, Action<string> notice, int most = GraphCache.MostShapes) : IDisposable
{
    /// <summary>
    /// Eager runs of a shape before it is recorded: libtorch allocates its workspaces and tables in them, and a rare shape does not repay
    /// its recording.
    /// </summary>
    internal const int WarmUp = 2;

    /// <summary>Shapes kept, unless another number is given.</summary>
    internal const int MostShapes = 48;

    private readonly Dictionary<object, Entry> _entries = [];
    private ICudaGraphs? _graphs = graphs;
    private long _now;

    private sealed record Entry(IDisposable Buffers) : IDisposable
    {
        internal ICapturedGraph? Graph { get; set; }

        internal int Runs { get; set; }

        internal long LastUsed { get; set; }

        public void Dispose()
        {
            Graph?.Dispose();
            Buffers.Dispose();
        }
    }

    /// <summary>True unless graphs are unavailable or recording has failed.</summary>
    internal bool IsCapturing => _graphs is not null;

    /// <summary>Number of recorded graphs; null if none are recorded.</summary>
    internal int? Count => _graphs is null ? null : _entries.Values.Count(entry => entry.Graph is not null);

    /// <summary>Memory of the device that recordings took, in bytes; null if none are recorded.</summary>
    internal long? Bytes => _graphs?.Bytes;

    /// <summary>Runs work on the buffers of a shape.</summary>
    /// <param name="key">Identifies kind and shape of the work.</param>
    /// <param name="create">Creates the buffers; called outside a recording.</param>
    /// <param name="load">Writes the inputs into the buffers; called each time, outside a recording.</param>
    /// <param name="work">Computes from the buffers into the buffers. Its managed side effects happen only in some of the runs.</param>
    /// <returns>The buffers, valid until the next call.</returns>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">The work failed when run eagerly, or the GPU failed.</exception>
    internal T Run<T>(object key, Func<T> create, Action<T> load, Action<T> work)
        where T : class, IDisposable
    {
        if (!_entries.TryGetValue(key, out Entry? entry))
        {
            MakeRoom();
            _entries.Add(key, entry = new Entry(create()));
        }

        entry.LastUsed = ++_now;
        var buffers = (T)entry.Buffers;
        load(buffers);
        if (entry.Graph is null && _graphs is not null && entry.Runs >= WarmUp)
        {
            entry.Graph = Capture(_graphs, () => work(buffers));
        }

        entry.Runs++;
        if (entry.Graph is { } graph)
        {
            graph.Replay();
        }
        else
        {
            work(buffers);
        }

        return buffers;
    }

    /// <summary>Drops all graphs and records no more; work that failed can then be repeated, with the memory that they held.</summary>
    /// <param name="reason">Completes a sentence after a colon, without a full stop.</param>
    /// <returns>False if nothing was recorded anyway.</returns>
    internal bool GiveUp(string reason)
    {
        if (_graphs is null)
        {
            return false;
        }

        _graphs = null;
        foreach (Entry entry in _entries.Values)
        {
            entry.Graph?.Dispose();
            entry.Graph = null;
        }

        notice($"CUDA graphs are off for the rest of this run, which continues more slowly with the same results: {reason}.");
        return true;
    }

    /// <summary>Drops shapes, such as those whose memory is replaced.</summary>
    /// <param name="isDropped">Returns true for the key of a shape to drop.</param>
    internal void Drop(Func<object, bool> isDropped)
    {
        foreach (object key in _entries.Keys.Where(isDropped).ToArray())
        {
            _entries.Remove(key, out Entry? entry);
            entry!.Dispose();
        }
    }

    public void Dispose() => Drop(_ => true);

    private ICapturedGraph? Capture(ICudaGraphs recorder, Action work)
    {
        try
        {
            return recorder.Capture(work);
        }
        catch (CaptureFailedException e)
        {
            GiveUp(e.Message);
            return null;
        }
    }

    private void MakeRoom()
    {
        if (_entries.Count >= most)
        {
            object oldest = _entries.MinBy(entry => entry.Value.LastUsed).Key;
            Drop(key => key.Equals(oldest));
        }
    }
}
