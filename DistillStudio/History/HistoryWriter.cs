namespace DistillStudio.History;

/// <summary>The one thread that writes the database, in batches: everything that became dirty within <see cref="Pace"/> is one transaction.</summary>
internal sealed class HistoryWriter : IDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(5);

    private readonly HistoryStore _store;
    private readonly Action _onStartedAnew;
    private readonly Thread _thread;
    private readonly Lock _gate = new();
    private readonly AutoResetEvent _wake = new(false);
    private HashSet<RunTrack> _dirty = [];
    private List<TaskCompletionSource> _flushes = [];
    private bool _isStopping;

    /// <param name="onStartedAnew">Called on the writer's thread when the database lost what it held.</param>
    public HistoryWriter(HistoryStore store, Action onStartedAnew)
    {
        (_store, _onStartedAnew) = (store, onStartedAnew);
        _thread = new Thread(Work) { Name = "history", IsBackground = true };
        _thread.Start();
    }

    public void Mark(RunTrack track)
    {
        lock (_gate)
        {
            if (_dirty.Add(track) && _dirty.Count == 1 && !_isStopping)
            {
                _wake.Set();
            }
        }
    }

    /// <summary>Completes once everything marked so far was written, or one attempt at it failed.</summary>
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

    /// <summary>Writes what is left and ends the thread.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isStopping)
            {
                return; // the container disposes a service once for each name it was registered under
            }

            _isStopping = true;
        }

        _wake.Set();
        _thread.Join();
        _wake.Dispose();
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
            (HashSet<RunTrack> dirty, List<TaskCompletionSource> flushes) = Take();
            if (dirty.Count > 0 || _store.IsDamaged)
            {
                isTidy = false;
                if (!TrySave(dirty))
                {
                    isLast |= WaitForMore(Retry);
                    _wake.Set();
                }
            }

            flushes.ForEach(flush => flush.SetResult());
        }
    }

    /// <summary>Lets a batch gather, unless someone waits for it. True when this is the last one.</summary>
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

    private (HashSet<RunTrack> Dirty, List<TaskCompletionSource> Flushes) Take()
    {
        lock (_gate)
        {
            (HashSet<RunTrack> Dirty, List<TaskCompletionSource> Flushes) taken = (_dirty, _flushes);
            (_dirty, _flushes) = ([], []);
            return taken;
        }
    }

    private bool TrySave(HashSet<RunTrack> dirty)
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

        if (outcome == SaveOutcome.StartedAnew)
        {
            _onStartedAnew();
            _wake.Set();
        }

        return outcome == SaveOutcome.StartedAnew;
    }
}
