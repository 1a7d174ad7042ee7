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

    /// <summary>Returns the chunk; null if it is not in the cache.</summary>
    /// <param name="life">See <see cref="RunTrack.Life"/>: chunks of rewound rows are never returned.</param>
    public StepChunk? Find(long life, int index)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue((life, index), out LinkedListNode<Entry>? node))
            {
                return null;
            }

            _byUse.Remove(node);
            _byUse.AddFirst(node);
            return node.Value.Chunk;
        }
    }

    /// <summary>Adds a chunk, or replaces it by one with more parts.</summary>
    public void Set(long life, int index, StepChunk chunk)
    {
        lock (_gate)
        {
            if (_entries.Remove((life, index), out LinkedListNode<Entry>? known))
            {
                _byUse.Remove(known);
            }

            _entries[(life, index)] = _byUse.AddFirst(new Entry(life, index, chunk));
            if (_entries.Count > capacity)
            {
                Entry oldest = _byUse.Last!.Value;
                _byUse.RemoveLast();
                _entries.Remove((oldest.Life, oldest.Index));
            }
        }
    }

    private sealed record Entry(long Life, int Index, StepChunk Chunk);
}
