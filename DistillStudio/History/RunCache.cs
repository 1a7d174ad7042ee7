using System.Collections.Concurrent;

namespace DistillStudio.History;

/// <summary>Keeps what was read of a few runs as long as they get no more events. Thread-safe.</summary>
/// <param name="capacity">Number of runs kept at most.</param>
internal sealed class RunCache<T>(int capacity)
{
    private readonly ConcurrentDictionary<string, Entry> _entries = [];

    /// <param name="runId">The run.</param>
    /// <param name="life">See <see cref="RunTrack.Life"/>.</param>
    /// <param name="lastNumber">Number of the run's last event.</param>
    /// <param name="read">Reads the value up to at least that event.</param>
    public T Get(string runId, long life, long lastNumber, Func<T> read)
    {
        if (_entries.TryGetValue(runId, out Entry? known) && known.Life == life && known.LastNumber == lastNumber)
        {
            return known.Value;
        }

        T value = read();
        if (_entries.Count >= capacity)
        {
            _entries.Clear();
        }

        _entries[runId] = new(life, lastNumber, value);
        return value;
    }

    private sealed record Entry(long Life, long LastNumber, T Value);
}
