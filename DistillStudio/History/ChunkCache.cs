namespace DistillStudio.History;

/// <summary>
/// LRU cache of chunks, so that zooming in a long run does not read the database again. Thread-safe.
/// </summary>
/// <param name="capacity">Maximum number of chunks.</param>
internal sealed class ChunkCache(int capacity)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(long Life, int Index), LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _byUse = new();

    /// <summary>Returns the chunk, read with <paramref name="read"/> on a miss; null if that returns null.</summary>
    /// <param name="life">See <see cref="RunTrack.Life"/>: chunks of rewound rows are never returned.</param>
    public StepChunk? Get(long life, int index, Func<StepChunk?> read)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue((life, index), out LinkedListNode<Entry>? node))
            {
                _byUse.Remove(node);
                _byUse.AddFirst(node);
                return node.Value.Chunk;
            }
        }

        if (read() is not { } chunk)
        {
            return null;
        }

        lock (_gate)
        {
            if (_entries.TryAdd((life, index), new LinkedListNode<Entry>(new Entry(life, index, chunk))))
            {
                _byUse.AddFirst(_entries[(life, index)]);
                if (_entries.Count > capacity)
                {
                    Entry oldest = _byUse.Last!.Value;
                    _byUse.RemoveLast();
                    _entries.Remove((oldest.Life, oldest.Index));
                }
            }
        }

        return chunk;
    }

    private sealed record Entry(long Life, int Index, StepChunk Chunk);
}
