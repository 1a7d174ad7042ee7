using System.Collections.Concurrent;
using System.Collections.ObjectModel;
using DistillStudio.Engine.Metrics;
using DistillStudio.Engine.Runs;

namespace DistillStudio.History;

/// <summary>
/// Reads history from the database and from the data not saved yet. Results are consistent during concurrent writes. Thread-safe.
/// </summary>
internal sealed class HistoryReader(ConcurrentDictionary<string, RunTrack> tracks, HistoryStore store)
{
    /// <summary>Sufficient to compare ten runs of 100,000 steps, which have 196 chunks of up to 70 KB each.</summary>
    private const int CachedChunks = 2048;

    /// <summary>Runs whose evaluations and places of samples are kept, so that a zoom does not parse them again.</summary>
    private const int CachedRuns = 24;

    /// <summary>
    /// Number of other events (neither steps, evaluations nor log lines) read per line of a log: most report the progress of
    /// evaluations.
    /// </summary>
    private const int OtherEventsPerLine = 10;

    /// <summary>Number of chunks read at a time, so that other threads get their turn after a few milliseconds.</summary>
    private const int ChunksAtOnce = 32;

    private readonly ChunkCache _cache = new(CachedChunks);
    private readonly RunCache<IReadOnlyList<EvaluationCompleted>> _evaluated = new(CachedRuns);
    private readonly RunCache<IReadOnlyList<SampledAt>> _sampled = new(CachedRuns);

    public SeriesResult Series(string runId, SeriesRequest request)
    {
        if (Snapshot(runId, SeriesBuilder.PartsOf(request)) is not { } run)
        {
            return new SeriesResult([.. request.Metrics.Select(metric => new Curve(metric, [], [], 0))], 0);
        }

        IReadOnlyList<EvaluationCompleted> evaluations = request.Metrics.OfType<EvaluationMetric>().Any()
            ? EvaluationsUntil(runId, run)
            : [];
        return new SeriesResult(SeriesBuilder.Build(run.Chunks, evaluations, request), run.LastNumber);
    }

    public IReadOnlyList<RunEvent> Events(string runId, long fromNumber, int max)
    {
        if (Snapshot(runId, StepParts.All, fromNumber, max) is not { } run)
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

    public IReadOnlyList<EvaluationCompleted> Evaluations(string runId) =>
        [.. Load(runId, typeof(EvaluationCompleted), 0, int.MaxValue).Cast<EvaluationCompleted>()];

    public IReadOnlyList<RunEvent> Milestones(string runId)
    {
        if (Snapshot(runId, StepParts.All) is not { } run)
        {
            return [];
        }

        IEnumerable<RunEvent> others = Load(runId, typeof(EvaluationCompleted), 0, int.MaxValue)
            .Concat(Load(runId, typeof(RunEvent), 0, int.MaxValue))
            .Where(happened => happened.Number <= run.LastNumber);
        return [.. StepSums.Between(run.Chunks, [.. others.OrderBy(happened => happened.Number)])];
    }

    /// <summary>Returns the evaluations up to a snapshot's last event.</summary>
    private IReadOnlyList<EvaluationCompleted> EvaluationsUntil(string runId, RunRows run) => _evaluated.Get(
        runId, run.Life, run.LastNumber, () => [.. Evaluations(runId).Where(evaluation => evaluation.Number <= run.LastNumber)]);

    public IReadOnlyList<int> SampleSteps(string runId) => [.. SampledAt(runId).Select(at => at.Step).Distinct()];

    public Sampled? Samples(string runId, int step) =>
        SampledAt(runId).LastOrDefault(at => at.Step == step) is { Number: > 0 } at
            ? Load(runId, typeof(Sampled), at.Number, 1).Cast<Sampled>().FirstOrDefault(samples => samples.Number == at.Number)
            : null;

    /// <summary>Returns where the run has samples, in order.</summary>
    private IReadOnlyList<SampledAt> SampledAt(string runId)
    {
        if (!tracks.TryGetValue(runId, out RunTrack? track))
        {
            return [];
        }

        long life, lastNumber;
        lock (track.Gate)
        {
            (life, lastNumber) = (track.Life, track.Summary.LastNumber);
        }

        return _sampled.Get(runId, life, lastNumber, () =>
        {
            // Unsaved events are read first, see Load.
            IEnumerable<Sampled> unsaved = Unsaved(runId, typeof(Sampled), 0).Cast<Sampled>();
            return
            [
                .. store.Read(database => database.LoadSampledAt(runId), [])
                    .Union(unsaved.Select(samples => new SampledAt(samples.Step, samples.Number))),
            ];
        });
    }

    public IReadOnlyList<Logged> Log(string runId, int count) => [.. Last(runId, typeof(Logged), count).Cast<Logged>().TakeLast(count)];

    public IReadOnlyList<Logged> FullLog(string runId, int count) =>
    [
        .. Last(runId, typeof(Logged), count)
            .Concat(Last(runId, typeof(EvaluationCompleted), count))
            .Concat(Last(runId, typeof(RunEvent), count * OtherEventsPerLine))
            .Select(EventLog.LineOf)
            .OfType<Logged>()
            .OrderBy(line => line.Number)
            .TakeLast(count),
    ];

    /// <summary>
    /// Restores the last partial chunk from the database. Called under the track's gate, so that no row is added before the stored
    /// rows. Returns false if those cannot be read now.
    /// </summary>
    public bool RestoreTail(RunTrack track)
    {
        if (track.IsTailMissing
            && store.Read(database => WholeChunk(database, track.Summary.Id, track.SavedChunks) ?? throw Lost(track), null) is { } tail)
        {
            track.RestoreTail(tail);
        }

        return !track.IsTailMissing;
    }

    private static StepChunk? WholeChunk(StudioDatabase database, string runId, int index) =>
        database.LoadChunks(runId, StepParts.All, index, 1).GetValueOrDefault(index) is { Parts: StepParts.All } chunk ? chunk : null;

    private static InvalidDataException Lost(RunTrack track) => new($"studio.db lacks the last steps of {track.Summary.Id}.");

    private IReadOnlyList<RunEvent> Load(string runId, Type kind, long fromNumber, int max)
    {
        // Unsaved events are read first: an event saved in between is found twice rather than not at all.
        IReadOnlyList<RunEvent> unsaved = Unsaved(runId, kind, fromNumber);
        IReadOnlyList<RunEvent> saved = store.Read(database => database.LoadEvents(runId, kind, fromNumber, max), []);
        return [.. saved.UnionBy(unsaved, e => e.Number)];
    }

    /// <summary>Returns at least the last <paramref name="count"/> events of a kind, in order.</summary>
    private IReadOnlyList<RunEvent> Last(string runId, Type kind, int count)
    {
        IReadOnlyList<RunEvent> unsaved = Unsaved(runId, kind, 0);
        IReadOnlyList<RunEvent> saved = store.Read(database => database.LoadLastEvents(runId, kind, count), []);
        return [.. saved.UnionBy(unsaved, e => e.Number)];
    }

    private IReadOnlyList<RunEvent> Unsaved(string runId, Type kind, long fromNumber)
    {
        if (!tracks.TryGetValue(runId, out RunTrack? track))
        {
            return [];
        }

        lock (track.Gate)
        {
            return [.. track.UnsavedEvents.Where(e => e.Number >= fromNumber && StudioDatabase.KindOf(e) == kind)];
        }
    }

    /// <summary>
    /// Returns the steps from number <paramref name="fromNumber"/>, with up to one more chunk at either end; null for an unknown run.
    /// </summary>
    private RunRows? Snapshot(string runId, StepParts parts, long fromNumber = 0, int max = int.MaxValue)
    {
        while (tracks.TryGetValue(runId, out RunTrack? track))
        {
            long life, lastNumber;
            int saved;
            IReadOnlyList<StepChunk> inMemory;
            lock (track.Gate)
            {
                _ = RestoreTail(track);
                (life, saved, lastNumber, inMemory) = (track.Life, track.SavedChunks, track.Summary.LastNumber, track.ChunksInMemory());
            }

            StepChunk[] Chunks(int from, int to, StepParts wanted) =>
            [
                .. Saved(runId, life, from, Math.Min(to, saved), wanted),
                .. inMemory.Take(Math.Max(0, from - saved)..Math.Max(0, to - saved)),
            ];

            int count = saved + inMemory.Count;
            int first = fromNumber <= 1 ? 0 : FirstChunkFrom(fromNumber, count, index => Chunks(index, index + 1, StepParts.Details)[0]);
            int last = (int)Math.Min(count, first + 2L + (max / StepChunk.Capacity));
            StepChunk[] chunks = Chunks(first, last, parts);
            if (track.Life == life)
            {
                return new RunRows(chunks, lastNumber, life);
            }
        }

        return null;
    }

    /// <summary>Returns saved chunks with at least the wanted parts; one that cannot be read now is empty.</summary>
    private IEnumerable<StepChunk> Saved(string runId, long life, int from, int to, StepParts wanted)
    {
        for (int first = from; first < to; first += ChunksAtOnce)
        {
            int count = Math.Min(ChunksAtOnce, to - first);
            StepChunk?[] chunks = [.. Enumerable.Range(first, count).Select(index => _cache.Find(life, index))];
            StepParts missing = chunks.Aggregate(StepParts.None, (parts, chunk) => parts | (wanted & ~(chunk?.Parts ?? StepParts.None)));
            if (missing != StepParts.None)
            {
                Load(first, missing, chunks);
            }

            foreach (StepChunk? chunk in chunks)
            {
                yield return chunk?.Parts.HasFlag(wanted) == true ? chunk : new StepChunk();
            }
        }

        void Load(int first, StepParts missing, StepChunk?[] chunks)
        {
            foreach ((int index, StepChunk read) in store.Read(
                database => database.LoadChunks(runId, missing, first, chunks.Length), ReadOnlyDictionary<int, StepChunk>.Empty))
            {
                StepChunk whole = chunks[index - first]?.With(read) ?? read;
                chunks[index - first] = whole;
                _cache.Set(life, index, whole);
            }
        }
    }

    /// <summary>Returns the index of the last chunk that begins at or before the number, by binary search.</summary>
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

    private sealed record RunRows(IReadOnlyList<StepChunk> Chunks, long LastNumber, long Life);
}
