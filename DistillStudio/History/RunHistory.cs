using System.Collections.Concurrent;
using DistillStudio.Engine.Runs;

namespace DistillStudio.History;

/// <summary>
/// The index over the runs of a home. Summaries and the latest data are kept in memory and saved to the database within a second.
/// Data lost in a crash is read again from the event files, since each run's <see cref="Bookmark"/> is saved with its rows.
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
    private int _behind;
    private bool _isDisposed;

    /// <param name="path">Path of the database; created if it does not exist.</param>
    public RunHistory(string path, TimeProvider time, ILogger<RunHistory> log)
    {
        _store = new HistoryStore(path, time, log);
        _tracks = new(_store.Runs.Select(stored => KeyValuePair.Create(stored.Summary.Id, new RunTrack(stored))));
        _reader = new HistoryReader(_tracks, _store);
        _writer = new HistoryWriter(_store, OnRecreated);
        _colors = _tracks.Values.Max(track => track.Summary.Color + 1) ?? 0;
        foreach (RunTrack track in _tracks.Values.Where(track => track.IsOutdated))
        {
            _writer.Mark(track);
        }

        foreach (RunTrack track in _tracks.Values.Where(track => track.Summary.Color is null).OrderBy(track => track.Summary.CreatedAt)
            .ThenBy(track => track.Summary.Id, StringComparer.Ordinal))
        {
            track.Summary = Colored(track.Summary);
            _writer.Mark(track);
        }
    }

    /// <summary>Raised on the thread that made the change, once the change is readable.</summary>
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
        .. _problems.Where(run => _tracks.ContainsKey(run.Key)).Select(run => new UnreadableRun(run.Key, run.Value)).OrderBy(
            run => run.Id, StringComparer.Ordinal),
    ];

    public int Behind => Volatile.Read(ref _behind);

    public RunSummary? Find(string runId) => _tracks.TryGetValue(runId, out RunTrack? track) ? track.Summary : null;

    public SeriesResult Series(string runId, SeriesRequest request) => _reader.Series(runId, request);

    public IReadOnlyList<RunEvent> Events(string runId, long fromNumber, int max = 1000) => _reader.Events(runId, fromNumber, max);

    public IReadOnlyList<EvaluationCompleted> Evaluations(string runId) => _reader.Evaluations(runId);

    public IReadOnlyList<RunEvent> Milestones(string runId) => _reader.Milestones(runId);

    public IReadOnlyList<int> SampleSteps(string runId) => _reader.SampleSteps(runId);

    public Sampled? Samples(string runId, int step) => _reader.Samples(runId, step);

    public IReadOnlyList<Logged> Log(string runId, int count = 200) => _reader.Log(runId, count);

    public IReadOnlyList<Logged> FullLog(string runId, int count = 200) => _reader.FullLog(runId, count);

    /// <summary>Adds a run and assigns a colour if it has none; returns false if the run already exists.</summary>
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

    /// <summary>Replaces the list of run folders that cannot be read.</summary>
    public void SetUnreadable(IReadOnlyList<UnreadableRun> runs)
    {
        if (!runs.SequenceEqual(_unreadable))
        {
            Volatile.Write(ref _unreadable, runs);
            Changed?.Invoke(new RunChange("", [], IsUrgent: true));
        }
    }

    /// <summary>Sets the number of runs whose events are not fully read.</summary>
    public void SetBehind(int runs)
    {
        if (Interlocked.Exchange(ref _behind, runs) != runs)
        {
            Changed?.Invoke(new RunChange("", [], IsUrgent: true));
        }
    }

    /// <summary>Sets the problem of a known run whose folder cannot be fully read; null clears it.</summary>
    /// <returns>True if the problem changed.</returns>
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

    /// <summary>Returns how far the run's event file has been ingested.</summary>
    public Bookmark BookmarkOf(string runId) => _tracks.TryGetValue(runId, out RunTrack? track) ? track.Bookmark : Bookmark.Start;

    /// <summary>Appends the events read up to <paramref name="bookmark"/>. Events that are already known are skipped.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="events">In order.</param>
    /// <param name="bookmark">The end of what was read.</param>
    /// <param name="unreadable">Number of lines among them that hold no event.</param>
    public void Append(string runId, IReadOnlyList<RunEvent> events, Bookmark bookmark, int unreadable = 0)
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
                return; // the bookmark is unchanged, so the same events are read again
            }

            foreach (RunEvent happened in events)
            {
                if (happened.Number > track.Summary.LastNumber)
                {
                    track.Append(happened);
                    fresh.Add(happened);
                }
            }

            track.Summary = track.Summary with { UnreadableLines = track.Summary.UnreadableLines + unreadable };
            track.Bookmark = bookmark;
        }

        _writer.Mark(track, fresh.Count);
        if (fresh.Count + unreadable > 0)
        {
            Changed?.Invoke(new RunChange(runId, fresh, track.Summary.State != before || unreadable > 0));
        }
    }

    /// <summary>Changes data that does not come from the run's events: name, tags, notes, state, queue order.</summary>
    /// <returns>The updated summary; null if there is no such run.</returns>
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

    /// <summary>Discards the run's events and rows, so that its event file is read again from the start.</summary>
    public void Rewind(string runId)
    {
        if (_tracks.TryGetValue(runId, out RunTrack? track))
        {
            Rewind(track);
        }
    }

    /// <summary>Removes the run from history.</summary>
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

    /// <summary>Blocks while too many appended events are unsaved.</summary>
    /// <param name="isStopping">Ends the wait when it returns true.</param>
    public void WaitForSpace(Func<bool> isStopping) => _writer.WaitForSpace(isStopping);

    /// <summary>Completes once all changes so far have been written, or one attempt has failed.</summary>
    public Task FlushAsync() => _writer.FlushAsync();

    /// <summary>
    /// Writes all pending data. May be called more than once: the container registers this object under two services.
    /// </summary>
    public void Dispose()
    {
        if (!Interlocked.Exchange(ref _isDisposed, true) && _writer.Stop())
        {
            _writer.Dispose();
            _store.Dispose(); // not during a write: a transaction cut off by process exit has no effect
        }
    }

    /// <summary>Assigns the next colour, so that consecutively added runs differ.</summary>
    private RunSummary Colored(RunSummary run)
    {
        if (run.Color is not { } color)
        {
            return run with { Color = Interlocked.Increment(ref _colors) - 1 };
        }

        for (int known = _colors; known <= color && Interlocked.CompareExchange(ref _colors, color + 1, known) != known; known = _colors)
        {
            // retry: another run was added concurrently
        }

        return run;
    }

    private void OnRecreated()
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
