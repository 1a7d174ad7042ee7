namespace DistillStudio.History;

/// <summary>
/// Writes the database on a single thread, in batches: all changes within <see cref="Pace"/> form one transaction.
/// </summary>
internal sealed class HistoryWriter : IDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Number of unsaved events that are saved at once: less than a tenth of a second of writing, for which readers of the database wait.
    /// While they are, as many more may be added. They are read again if the program ends before they are saved.
    /// </summary>
    private const long Batch = 8_000;

    private static readonly TimeSpan SpaceCheckInterval = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(4);

    private readonly HistoryStore _store;
    private readonly Action _onRecreated;
    private readonly Thread _thread;
    private readonly Lock _gate = new();
    private readonly AutoResetEvent _wake = new(false);
    private HashSet<RunTrack> _dirty = [];
    private List<TaskCompletionSource> _flushes = [];
    private long _unsaved;
    private bool _isStuck;
    private bool _isStopping;

    /// <param name="onRecreated">Called on the writer's thread when <see cref="SaveOutcome.Recreated"/> occurs.</param>
    public HistoryWriter(HistoryStore store, Action onRecreated)
    {
        (_store, _onRecreated) = (store, onRecreated);
        _thread = new Thread(Work) { Name = "history", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Marks a run as changed, so that it is saved with the next batch.</summary>
    /// <param name="track">The changed run.</param>
    /// <param name="events">Number of events added to it.</param>
    public void Mark(RunTrack track, int events = 0)
    {
        lock (_gate)
        {
            _unsaved += events;
            if (((_dirty.Add(track) && _dirty.Count == 1) || _unsaved >= Batch) && !_isStopping)
            {
                _wake.Set();
            }
        }
    }

    /// <summary>Completes once everything marked so far has been written, or one attempt has failed.</summary>
    public Task FlushAsync()
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _flushes.Add(done);
        }

        _wake.Set();
        return done.Task;
    }

    /// <summary>
    /// Blocks while there are more unsaved events than a shutdown has time to write; does not block while saving fails.
    /// </summary>
    public void WaitForSpace(Func<bool> isStopping)
    {
        while (IsFull() && !isStopping())
        {
            _wake.Set();
            Thread.Sleep(SpaceCheckInterval);
        }
    }

    /// <summary>Writes all pending data and ends the thread.</summary>
    /// <returns>False if the timeout has passed and the thread is still writing.</returns>
    public bool Stop()
    {
        lock (_gate)
        {
            _isStopping = true;
        }

        _wake.Set();
        return _thread.Join(StopTimeout);
    }

    public void Dispose()
    {
        if (Stop())
        {
            _wake.Dispose();
        }
    }

    private bool IsFull()
    {
        lock (_gate)
        {
            return _unsaved > 2 * Batch && !_isStuck && !_isStopping;
        }
    }

    private void Work()
    {
        bool isTidy = true;
        for (bool isLast = false; !isLast;)
        {
            if (!_wake.WaitOne(Idle) && !isTidy)
            {
                _store.Checkpoint();
                isTidy = true;
            }

            isLast = WaitForMore(Pace);
            (HashSet<RunTrack> dirty, long unsaved, List<TaskCompletionSource> flushes) = Take();
            if (dirty.Count > 0 || _store.IsDamaged)
            {
                isTidy = false;
                if (!TrySave(dirty, unsaved))
                {
                    isLast |= WaitForMore(Retry);
                    _wake.Set();
                }
            }

            flushes.ForEach(flush => flush.SetResult());
        }
    }

    /// <summary>Waits for a batch to accumulate, unless a flush is pending. Returns true for the last batch.</summary>
    private bool WaitForMore(TimeSpan time)
    {
        lock (_gate)
        {
            if (_isStopping || _flushes.Count > 0)
            {
                return _isStopping;
            }
        }

        _wake.WaitOne(time);
        lock (_gate)
        {
            return _isStopping;
        }
    }

    private (HashSet<RunTrack> Dirty, long Unsaved, List<TaskCompletionSource> Flushes) Take()
    {
        lock (_gate)
        {
            (HashSet<RunTrack> Dirty, long Unsaved, List<TaskCompletionSource> Flushes) taken = (_dirty, _unsaved, _flushes);
            (_dirty, _flushes) = ([], []);
            return taken;
        }
    }

    private bool TrySave(HashSet<RunTrack> dirty, long unsaved)
    {
        List<(RunTrack Track, RunSave Save, long Life)> batch = [];
        foreach (RunTrack track in dirty)
        {
            lock (track.Gate)
            {
                batch.Add((track, track.TakeSave(), track.Life));
            }
        }

        SaveOutcome outcome = _store.Save([.. batch.Select(b => b.Save)]);
        lock (_gate)
        {
            _isStuck = outcome == SaveOutcome.TryAgain;
            _unsaved -= outcome switch
            {
                SaveOutcome.Saved => unsaved,
                SaveOutcome.Recreated => _unsaved, // all events are read again
                _ => 0,
            };
        }

        if (outcome == SaveOutcome.Saved)
        {
            foreach ((RunTrack track, RunSave save, long life) in batch)
            {
                lock (track.Gate)
                {
                    track.Saved(save, life);
                }
            }

            return true;
        }

        lock (_gate)
        {
            _dirty.UnionWith(dirty);
        }

        if (outcome == SaveOutcome.Recreated)
        {
            _onRecreated();
            _wake.Set();
        }

        return outcome == SaveOutcome.Recreated;
    }
}
