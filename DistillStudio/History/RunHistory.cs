using System.Collections.Concurrent;
using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;

namespace DistillStudio.History;

/// <summary>
/// The index over the runs of a home. Summaries and what was appended last lie in memory, and the database follows within a second;
/// what it lacks after a crash is read again from the event files, for each run's <see cref="Bookmark"/> is saved with its rows.
/// </summary>
public sealed class RunHistory : IRunHistory, IDisposable
{
    private readonly ConcurrentDictionary<string, RunTrack> _tracks;
    private readonly HistoryStore _store;
    private readonly HistoryReader _reader;
    private readonly HistoryWriter _writer;
    private int _colors;
    private readonly ConcurrentDictionary<string, string> _problems = [];
    private IReadOnlyList<UnreadableRun> _unreadable = [];
    private bool _isDisposed;

    /// <param name="path">Of the database; made where it does not exist.</param>
    public RunHistory(string path, TimeProvider time, ILogger<RunHistory> log)
    {
        _store = new HistoryStore(path, time, log);
        _tracks = new(_store.Runs.Select(stored => KeyValuePair.Create(stored.Summary.Id, new RunTrack(stored))));
        _reader = new HistoryReader(_tracks, _store);
        _writer = new HistoryWriter(_store, OnStartedAnew);
        _colors = _tracks.Values.Max(track => track.Summary.Color + 1) ?? 0;
        foreach (RunTrack track in _tracks.Values.Where(track => track.IsOutdated))
        {
            _writer.Mark(track);
        }

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

    public IReadOnlyList<UnreadableRun> Unreadable =>
    [
        .. Volatile.Read(ref _unreadable),
        .. _problems.Where(run => _tracks.ContainsKey(run.Key)).Select(run => new UnreadableRun(run.Key, run.Value)).OrderBy(run => run.Id, StringComparer.Ordinal),
    ];

    public RunSummary? Find(string runId) => _tracks.TryGetValue(runId, out RunTrack? track) ? track.Summary : null;

    public SeriesResult Series(string runId, SeriesRequest request) => _reader.Series(runId, request);

    public IReadOnlyList<RunEvent> Events(string runId, long fromNumber, int max = 1000) => _reader.Events(runId, fromNumber, max);

    public IReadOnlyList<EvaluationCompleted> Evaluations(string runId) => _reader.Evaluations(runId);

    public IReadOnlyList<int> SampleSteps(string runId) => _reader.SampleSteps(runId);

    public Sampled? Samples(string runId, int step) => _reader.Samples(runId, step);

    public IReadOnlyList<Logged> Log(string runId, int count = 200) => _reader.Log(runId, count);

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

    /// <summary>Says what in the folder of a run that is known cannot be read now; null for nothing.</summary>
    /// <returns>True where that is news.</returns>
    public bool SetProblem(string runId, string? problem)
    {
        string? before = _problems.GetValueOrDefault(runId);
        if (problem == before)
        {
            return false;
        }

        if (problem is null)
        {
            _problems.TryRemove(runId, out _);
        }
        else
        {
            _problems[runId] = problem;
        }

        Changed?.Invoke(new RunChange("", [], IsUrgent: true));
        return true;
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
            if (!_reader.RestoreTail(track))
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

        _writer.Mark(track, fresh.Count);
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

            _problems.TryRemove(runId, out _);
            _writer.Mark(track);
            Changed?.Invoke(new RunChange(runId, [], IsUrgent: true, IsRewound: true));
        }
    }

    /// <summary>Holds the caller up while too much of what was appended waits to be written.</summary>
    /// <param name="isStopping">Ends the wait.</param>
    public void WaitForRoom(Func<bool> isStopping) => _writer.WaitForRoom(isStopping);

    /// <summary>Completes once everything so far was written, or one attempt at it failed.</summary>
    public Task FlushAsync() => _writer.FlushAsync();

    /// <summary>Writes what is left. More than once does no harm: the container holds it under two names.</summary>
    public void Dispose()
    {
        if (!Interlocked.Exchange(ref _isDisposed, true) && _writer.Stop())
        {
            _writer.Dispose();
            _store.Dispose(); // not under a writer: cut off with the process, its transaction leaves no trace
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
}
