using System.Collections.Concurrent;
using DistillStudio.Engine.Training;

namespace DistillStudio.History;

/// <summary>
/// The index over the runs of a home. Summaries and what was appended last lie in memory, and the database follows within a second;
/// what it lacks after a crash is read again from the event files, for each run's <see cref="Bookmark"/> is saved with its rows.
/// </summary>
public sealed class RunHistory : IRunHistory, IDisposable
{
    /// <summary>A run of 100,000 steps has 196 chunks: a few of those.</summary>
    private const int CachedChunks = 1024;

    private readonly ConcurrentDictionary<string, RunTrack> _tracks;
    private readonly ChunkCache _cache = new(CachedChunks);
    private readonly HistoryStore _store;
    private readonly HistoryWriter _writer;
    private int _colors;
    private IReadOnlyList<UnreadableRun> _unreadable = [];
    private bool _isDisposed;

    /// <param name="path">Of the database; made where it does not exist.</param>
    public RunHistory(string path, TimeProvider time, ILogger<RunHistory> log)
    {
        _store = new HistoryStore(path, time, log);
        _tracks = new(_store.Runs.Select(stored => KeyValuePair.Create(stored.Summary.Id, new RunTrack(stored))));
        _writer = new HistoryWriter(_store, OnStartedAnew);
        _colors = _tracks.Values.Max(track => track.Summary.Color + 1) ?? 0;
        foreach (RunTrack track in _tracks.Values.Where(track => track.Summary.Color is null).OrderBy(track => track.Summary.CreatedAt).ThenBy(track => track.Summary.Id, StringComparer.Ordinal))
        {
            track.Summary = Colored(track.Summary);
            _writer.Mark(track);
        }
    }

    /// <summary>Raised on the thread that made the change, once it can be read.</summary>
    public event Action<RunChange>? Changed;

    public IReadOnlyList<RunSummary> ListRuns(bool includeDeleted = false) =>
    [
        .. _tracks.Values
            .Select(track => track.Summary)
            .Where(run => includeDeleted || run.DeletedAt is null)
            .OrderByDescending(run => run.CreatedAt)
            .ThenByDescending(run => run.Id, StringComparer.Ordinal),
    ];

    public IReadOnlyList<UnreadableRun> Unreadable => Volatile.Read(ref _unreadable);

    public RunSummary? Find(string runId) => _tracks.TryGetValue(runId, out RunTrack? track) ? track.Summary : null;

    public SeriesResult Series(string runId, SeriesRequest request)
    {
        if (Snapshot(runId) is not { } run)
        {
            return new SeriesResult([.. request.Metrics.Select(metric => new Curve(metric, [], [], 0))], 0);
        }

        IReadOnlyList<Evaluated> looks = request.Metrics.Any(SeriesBuilder.IsOfEvaluation) ? [.. Evaluations(runId).Where(look => look.Number <= run.LastNumber)] : [];
        return new SeriesResult(SeriesBuilder.Build(run.Chunks, looks, request), run.LastNumber);
    }

    public IReadOnlyList<RunEvent> Events(string runId, long fromNumber, int max = 1000)
    {
        if (Snapshot(runId, fromNumber, max) is not { } run)
        {
            return [];
        }

        IEnumerable<RunEvent> steps = run.Chunks
            .SelectMany(chunk => Enumerable.Range(0, chunk.Count).Select(chunk.EventAt))
            .Where(step => step.Number >= fromNumber)
            .Take(max);
        IEnumerable<RunEvent> others = StudioDatabase.EventKinds.SelectMany(kind => Load(runId, kind, fromNumber, max));
        return [.. steps.Concat(others).Where(e => e.Number <= run.LastNumber).OrderBy(e => e.Number).Take(max)];
    }

    public IReadOnlyList<Evaluated> Evaluations(string runId) => [.. Load(runId, typeof(Evaluated), 0, int.MaxValue).Cast<Evaluated>()];

    public IReadOnlyList<int> SampleSteps(string runId) => [.. Load(runId, typeof(Sampled), 0, int.MaxValue).Cast<Sampled>().Select(s => s.Step).Distinct()];

    public Sampled? Samples(string runId, int step) => Load(runId, typeof(Sampled), 0, int.MaxValue).Cast<Sampled>().LastOrDefault(s => s.Step == step);

    public IReadOnlyList<Logged> Log(string runId, int count = 200)
    {
        IReadOnlyList<RunEvent> unsaved = Unsaved(runId, typeof(Logged), 0);
        IReadOnlyList<RunEvent> saved = _store.Read(database => database.LoadLastEvents(runId, typeof(Logged), count), []);
        return [.. saved.UnionBy(unsaved, line => line.Number).Cast<Logged>().TakeLast(count)];
    }

    /// <summary>Takes up a run, and gives it a colour where it has none; false where it is known already.</summary>
    public bool Add(RunSummary run)
    {
        var track = new RunTrack(new StoredRun(Colored(run), Bookmark.Start));
        if (!_tracks.TryAdd(run.Id, track))
        {
            return false;
        }

        _writer.Mark(track);
        Changed?.Invoke(new RunChange(run.Id, [], IsUrgent: true));
        return true;
    }

    /// <summary>Says which folders of runs cannot be read now, all of them.</summary>
    public void SetUnreadable(IReadOnlyList<UnreadableRun> runs)
    {
        if (!runs.SequenceEqual(_unreadable))
        {
            Volatile.Write(ref _unreadable, runs);
            Changed?.Invoke(new RunChange("", [], IsUrgent: true));
        }
    }

    /// <summary>How far the run's event file has been taken in.</summary>
    public Bookmark BookmarkOf(string runId) => _tracks.TryGetValue(runId, out RunTrack? track) ? track.Bookmark : Bookmark.Start;

    /// <summary>Takes in what a run's event file holds up to <paramref name="bookmark"/>. Events that are known already are passed over.</summary>
    public void Append(string runId, IReadOnlyList<RunEvent> events, Bookmark bookmark)
    {
        if (!_tracks.TryGetValue(runId, out RunTrack? track))
        {
            return;
        }

        List<RunEvent> fresh = new(events.Count);
        RunState before;
        lock (track.Gate)
        {
            before = track.Summary.State;
            if (!RestoreTail(track))
            {
                return; // the bookmark stays: the same events come again
            }

            foreach (RunEvent happened in events)
            {
                if (happened.Number > track.Summary.LastNumber)
                {
                    track.Append(happened);
                    fresh.Add(happened);
                }
            }

            track.Bookmark = bookmark;
        }

        _writer.Mark(track);
        if (fresh.Count > 0)
        {
            Changed?.Invoke(new RunChange(runId, fresh, track.Summary.State != before));
        }
    }

    /// <summary>Changes what is not of the run's events: name, tags, notes, state, place in the queue.</summary>
    /// <returns>The summary as it is now; null where there is no such run.</returns>
    public RunSummary? Edit(string runId, Func<RunSummary, RunSummary> change)
    {
        if (!_tracks.TryGetValue(runId, out RunTrack? track))
        {
            return null;
        }

        RunSummary before, after;
        lock (track.Gate)
        {
            before = track.Summary;
            after = track.Summary = change(before);
        }

        if (!ReferenceEquals(before, after))
        {
            _writer.Mark(track);
            Changed?.Invoke(new RunChange(runId, [], IsUrgent: true));
        }

        return after;
    }

    /// <summary>Forgets the run's events and rows: its file was rewritten and is to be read from its start.</summary>
    public void Rewind(string runId)
    {
        if (_tracks.TryGetValue(runId, out RunTrack? track))
        {
            Rewind(track);
        }
    }

    /// <summary>Forgets the run.</summary>
    public void Remove(string runId)
    {
        if (_tracks.TryRemove(runId, out RunTrack? track))
        {
            lock (track.Gate)
            {
                track.Remove();
            }

            _writer.Mark(track);
            Changed?.Invoke(new RunChange(runId, [], IsUrgent: true, IsRewound: true));
        }
    }

    /// <summary>Completes once everything so far was written, or one attempt at it failed.</summary>
    public Task FlushAsync() => _writer.FlushAsync();

    /// <summary>Writes what is left. More than once does no harm: the container holds it under two names.</summary>
    public void Dispose()
    {
        if (!Interlocked.Exchange(ref _isDisposed, true))
        {
            _writer.Dispose();
            _store.Dispose();
        }
    }

    /// <summary>Colours go round: runs taken up one after the other differ.</summary>
    private RunSummary Colored(RunSummary run)
    {
        if (run.Color is not { } color)
        {
            return run with { Color = Interlocked.Increment(ref _colors) - 1 };
        }

        for (int known = _colors; known <= color && Interlocked.CompareExchange(ref _colors, color + 1, known) != known; known = _colors)
        {
            // another run was taken up meanwhile
        }

        return run;
    }

    private void OnStartedAnew()
    {
        foreach (RunTrack track in _tracks.Values)
        {
            Rewind(track);
        }
    }

    private void Rewind(RunTrack track)
    {
        lock (track.Gate)
        {
            track.Rewind();
        }

        _writer.Mark(track);
        Changed?.Invoke(new RunChange(track.Summary.Id, [], IsUrgent: false, IsRewound: true));
    }

    /// <summary>Called under the track's gate, so that no row is added before the ones the database holds. False where those cannot be read now.</summary>
    private bool RestoreTail(RunTrack track)
    {
        if (track.IsTailMissing && _store.Read(database => database.LoadChunk(track.Summary.Id, track.SavedChunks) ?? throw Lost(track), null) is { } tail)
        {
            track.RestoreTail(tail);
        }

        return !track.IsTailMissing;
    }

    private static InvalidDataException Lost(RunTrack track) => new($"studio.db lacks the last steps of {track.Summary.Id}.");

    private IReadOnlyList<RunEvent> Load(string runId, Type kind, long fromNumber, int max)
    {
        // What is not saved is taken first: saved in between, it is found twice rather than not at all.
        IReadOnlyList<RunEvent> unsaved = Unsaved(runId, kind, fromNumber);
        IReadOnlyList<RunEvent> saved = _store.Read(database => database.LoadEvents(runId, kind, fromNumber, max), []);
        return [.. saved.UnionBy(unsaved, e => e.Number)];
    }

    private IReadOnlyList<RunEvent> Unsaved(string runId, Type kind, long fromNumber)
    {
        if (!_tracks.TryGetValue(runId, out RunTrack? track))
        {
            return [];
        }

        lock (track.Gate)
        {
            return [.. track.UnsavedEvents.Where(e => e.Number >= fromNumber && StudioDatabase.KindOf(e) == kind)];
        }
    }

    /// <summary>The steps numbered from <paramref name="fromNumber"/>, a chunk more at either end; null for an unknown run.</summary>
    private RunRows? Snapshot(string runId, long fromNumber = 0, int max = int.MaxValue)
    {
        while (_tracks.TryGetValue(runId, out RunTrack? track))
        {
            long life, lastNumber;
            int saved;
            IReadOnlyList<StepChunk> inMemory;
            lock (track.Gate)
            {
                _ = RestoreTail(track);
                (life, saved, lastNumber, inMemory) = (track.Life, track.SavedChunks, track.Summary.LastNumber, track.ChunksInMemory());
            }

            StepChunk Chunk(int index) => index < saved
                ? _cache.Get(life, index, () => _store.Read(database => database.LoadChunk(runId, index), null)) ?? new StepChunk()
                : inMemory[index - saved];

            int count = saved + inMemory.Count;
            int first = fromNumber <= 1 ? 0 : FirstChunkFrom(fromNumber, count, Chunk);
            int last = (int)Math.Min(count, first + 2L + (max / StepChunk.Capacity));
            StepChunk[] chunks = [.. Enumerable.Range(first, Math.Max(0, last - first)).Select(Chunk)];
            if (track.Life == life)
            {
                return new RunRows(chunks, lastNumber);
            }
        }

        return null;
    }

    /// <summary>Index of the last chunk that begins no later than that number, found by halving.</summary>
    private static int FirstChunkFrom(long fromNumber, int count, Func<int, StepChunk> chunk)
    {
        int low = 0, high = count;
        while (high - low > 1)
        {
            int middle = (low + high) / 2;
            ReadOnlySpan<double> numbers = chunk(middle)[StepColumn.Number];
            (low, high) = numbers.IsEmpty || numbers[0] > fromNumber ? (low, middle) : (middle, high);
        }

        return low;
    }

    private sealed record RunRows(IReadOnlyList<StepChunk> Chunks, long LastNumber);
}
