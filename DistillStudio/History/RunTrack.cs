using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;

namespace DistillStudio.History;

/// <summary>
/// One run in memory: its summary, and the rows and events that are not in the database yet. Every member is used under <see cref="Gate"/>.
/// </summary>
internal sealed class RunTrack
{
    private static long _lives;

    private readonly List<RunEvent> _unsavedEvents = [];
    private readonly List<StepChunk> _unsavedChunks = [];
    private StepChunk? _tail;
    private bool _mustClear;
    private bool _isTailSaved = true;

    public RunTrack(StoredRun stored)
    {
        Summary = stored.Summary;
        Bookmark = stored.Bookmark;
        SavedChunks = stored.Summary.Rows / StepChunk.Capacity;
        if (stored.Rules != RunSummaryReducer.Rules && stored.Summary.State != RunState.Queued)
        {
            Rewind();
            IsOutdated = true;

            // Read again from its start, a run that its process left is found so again.
            Summary = Summary.State == RunState.Interrupted ? Summary with { State = RunState.Running } : Summary;
        }
    }

    public Lock Gate { get; } = new();

    /// <summary>The database held a summary made by earlier rules; the run is read again.</summary>
    public bool IsOutdated { get; }

    public RunSummary Summary { get; set; }

    public Bookmark Bookmark { get; set; }

    /// <summary>The run was removed: nothing more is kept of it.</summary>
    public bool IsRemoved { get; private set; }

    /// <summary>Unique; a new one each time the rows are forgotten.</summary>
    public long Life { get; private set; } = Interlocked.Increment(ref _lives);

    /// <summary>Full chunks that are in the database and no longer here.</summary>
    public int SavedChunks { get; private set; }

    /// <summary>The last rows are in the database, but not here yet.</summary>
    public bool IsTailMissing => _tail is null && Summary.Rows > (SavedChunks + _unsavedChunks.Count) * StepChunk.Capacity;

    /// <summary>In order: events, steps aside, that may not be in the database yet.</summary>
    public IReadOnlyList<RunEvent> UnsavedEvents => _unsavedEvents;

    /// <summary>Copies of the chunks after <see cref="SavedChunks"/>, in order.</summary>
    public IReadOnlyList<StepChunk> ChunksInMemory() => _tail is null ? [.. _unsavedChunks] : [.. _unsavedChunks, _tail.Snapshot()];

    public void RestoreTail(StepChunk tail) => _tail ??= tail;

    public void Append(RunEvent happened)
    {
        Summary = RunSummaryReducer.Apply(Summary, happened);
        if (happened is not StepCompleted step)
        {
            _unsavedEvents.Add(happened);
            return;
        }

        _tail ??= new StepChunk();
        _tail.Add(step, Summary.Elapsed);
        _isTailSaved = false;
        if (_tail.IsFull)
        {
            _unsavedChunks.Add(_tail);
            _tail = null;
        }
    }

    /// <summary>Forgets rows and events; what people gave the run stays.</summary>
    public void Rewind()
    {
        Summary = new RunSummary
        {
            Id = Summary.Id,
            Folder = Summary.Folder,
            Spec = Summary.Spec,
            State = Summary.State,
            Name = Summary.Name,
            Tags = Summary.Tags,
            Notes = Summary.Notes,
            Group = Summary.Group,
            Color = Summary.Color,
            QueueOrder = Summary.QueueOrder,
            CreatedAt = Summary.CreatedAt,
            DeletedAt = Summary.DeletedAt,
        };
        Bookmark = Bookmark.Start;
        Life = Interlocked.Increment(ref _lives);
        SavedChunks = 0;
        _unsavedChunks.Clear();
        _unsavedEvents.Clear();
        _tail = null;
        _mustClear = true;
    }

    public void Remove()
    {
        Rewind();
        IsRemoved = true;
    }

    /// <summary>What is to be saved now.</summary>
    public RunSave TakeSave()
    {
        List<(int, StepChunk)> chunks = [.. _unsavedChunks.Select((chunk, i) => (SavedChunks + i, chunk))];
        if (_tail is not null && !_isTailSaved)
        {
            chunks.Add((SavedChunks + _unsavedChunks.Count, _tail.Snapshot()));
        }

        return new RunSave(Summary.Id, _mustClear, IsRemoved ? null : new StoredRun(Summary, Bookmark), chunks, [.. _unsavedEvents]);
    }

    /// <summary>The save taken in this life is in the database.</summary>
    public void Saved(RunSave save, long life)
    {
        if (life != Life)
        {
            return; // rewound meanwhile: the next save clears what this one wrote
        }

        _mustClear = false;
        _unsavedEvents.RemoveRange(0, save.Events.Count);
        int full = save.Chunks.Count(c => c.Chunk.IsFull);
        _unsavedChunks.RemoveRange(0, full);
        SavedChunks += full;
        _isTailSaved = _tail is null || (save.Chunks.Count > full && save.Chunks[^1].Chunk.Count == _tail.Count);
    }
}
