using DistillStudio.Engine.Runs;

namespace DistillStudio.History;

/// <summary>
/// One run in memory: its summary, and the rows and events that are not in the database yet. Members that change the run must be
/// called under <see cref="Gate"/>.
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

            // When it is read again from its start, an interrupted run is detected as such again.
            Summary = Summary.State == RunState.Interrupted ? Summary with { State = RunState.Running } : Summary;
        }
    }

    public Lock Gate { get; } = new();

    /// <summary>True if the database held a summary made by earlier rules; the run is then read again.</summary>
    public bool IsOutdated { get; }

    public RunSummary Summary { get; set; }

    public Bookmark Bookmark { get; set; }

    /// <summary>True once the run has been removed.</summary>
    public bool IsRemoved { get; private set; }

    /// <summary>Unique identifier of the current rows; renewed each time the rows are discarded.</summary>
    public long Life { get; private set; } = Interlocked.Increment(ref _lives);

    /// <summary>Number of full chunks that are in the database and no longer in memory.</summary>
    public int SavedChunks { get; private set; }

    /// <summary>True if the last rows are in the database but not in memory yet.</summary>
    public bool IsTailMissing => _tail is null && Summary.Rows > (SavedChunks + _unsavedChunks.Count) * StepChunk.Capacity;

    /// <summary>Events other than steps, in order, that may not be in the database yet.</summary>
    public IReadOnlyList<RunEvent> UnsavedEvents => _unsavedEvents;

    /// <summary>
    /// Returns the chunks after <see cref="SavedChunks"/>, in order; the last, partial one as a copy.
    /// </summary>
    public IReadOnlyList<StepChunk> ChunksInMemory() => _tail is null ? [.. _unsavedChunks] : [.. _unsavedChunks, _tail.Copy()];

    public void RestoreTail(StepChunk tail) => _tail ??= tail.Copy();

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

    /// <summary>Discards rows and events; keeps the user-supplied data.</summary>
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
            Origin = Summary.Origin,
            Placement = Summary.Placement,
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

    /// <summary>Returns the unsaved data.</summary>
    public RunSave TakeSave()
    {
        List<(int, StepChunk)> chunks = [.. _unsavedChunks.Select((chunk, i) => (SavedChunks + i, chunk))];
        if (_tail is not null && !_isTailSaved)
        {
            chunks.Add((SavedChunks + _unsavedChunks.Count, _tail.Copy()));
        }

        return new RunSave(Summary.Id, _mustClear, IsRemoved ? null : new StoredRun(Summary, Bookmark), chunks, [.. _unsavedEvents]);
    }

    /// <summary>Marks the data of a save as stored; ignored if the rows were discarded since the save was taken.</summary>
    public void Saved(RunSave save, long life)
    {
        if (life != Life)
        {
            return; // rewound concurrently: the next save clears the data written by this one
        }

        _mustClear = false;
        _unsavedEvents.RemoveRange(0, save.Events.Count);
        int full = save.Chunks.Count(c => c.Chunk.IsFull);
        _unsavedChunks.RemoveRange(0, full);
        SavedChunks += full;
        _isTailSaved = _tail is null || (save.Chunks.Count > full && save.Chunks[^1].Chunk.Count == _tail.Count);
    }
}
