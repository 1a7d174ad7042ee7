using DistillStudio.Engine.Runs;
using DistillStudio.History;

namespace DistillStudio.Live;

/// <summary>
/// Forwards changes of history to subscriptions. Buffers the last events of the runs with subscriptions; earlier events are read
/// from history.
/// </summary>
public sealed class LiveFeed : ILiveFeed, IDisposable
{
    /// <summary>Maximum number of events buffered per run, and returned by one pull.</summary>
    public const int BufferSize = 2048;

    /// <summary>
    /// Minimum interval between two callbacks of one subscription: at most five a second, even if one is slightly late.
    /// </summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(210);

    /// <summary>
    /// Maximum callbacks per second over all subscriptions, to limit the CPU time taken from training. An open page has two or three
    /// subscriptions.
    /// </summary>
    private const int MostCalls = 50;

    private readonly RunHistory _history;
    private readonly TimeProvider _time;
    private readonly ILogger<LiveFeed>? _log;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, RunBuffer> _buffers = [];
    private readonly HashSet<TableSubscription> _tables = [];
    private volatile int _watchers;

    /// <param name="history">Source of the changes.</param>
    /// <param name="time">Clock for throttling.</param>
    /// <param name="log">Logs exceptions of callbacks; null for no logging.</param>
    public LiveFeed(RunHistory history, TimeProvider time, ILogger<LiveFeed>? log = null)
    {
        (_history, _time, _log) = (history, time, log);
        _history.Changed += OnChanged;
    }

    /// <summary>Number of runs with buffered events.</summary>
    internal int BufferCount
    {
        get
        {
            lock (_gate)
            {
                return _buffers.Count;
            }
        }
    }

    public ILiveSubscription Follow(string runId, long afterNumber, Func<Task> changed)
    {
        var subscription = new RunSubscription(this, runId, afterNumber, new Throttle(_time, Pace, changed, _log));
        lock (_gate)
        {
            if (!_buffers.TryGetValue(runId, out RunBuffer? buffer))
            {
                _buffers[runId] = buffer = new RunBuffer(BufferSize);
            }

            buffer.Add(subscription);
            _watchers++;
        }

        if (_history.Find(runId) is { } run && run.LastNumber > afterNumber)
        {
            subscription.Signal(isUrgent: false);
        }

        return subscription;
    }

    public ILiveSubscription FollowRuns(Func<Task> changed, bool isOfStatesOnly = false)
    {
        var subscription = new TableSubscription(this, new Throttle(_time, Pace, changed, _log), isOfStatesOnly);
        lock (_gate)
        {
            _tables.Add(subscription);
            _watchers += isOfStatesOnly ? 0 : 1;
        }

        return subscription;
    }

    public void Dispose() => _history.Changed -= OnChanged;

    /// <summary>
    /// Returns the events after the number, in order, without gaps; null if there are more than <see cref="BufferSize"/>.
    /// </summary>
    internal IReadOnlyList<RunEvent>? After(string runId, long number)
    {
        RunBuffer? buffer;
        lock (_gate)
        {
            buffer = _buffers.GetValueOrDefault(runId);
        }

        if (buffer?.After(number) is { } recent)
        {
            return recent;
        }

        long last = _history.Find(runId)?.LastNumber ?? 0;
        return last - number > BufferSize ? null
            : last <= number ? []
            : _history.Events(runId, number + 1, BufferSize);
    }

    internal void Leave(RunSubscription subscription)
    {
        lock (_gate)
        {
            if (_buffers.TryGetValue(subscription.RunId, out RunBuffer? buffer))
            {
                _watchers -= buffer.Remove(subscription) ? 1 : 0;
                if (!buffer.HasFollowers)
                {
                    _buffers.Remove(subscription.RunId);
                }
            }
        }
    }

    internal void Leave(TableSubscription subscription)
    {
        lock (_gate)
        {
            _watchers -= _tables.Remove(subscription) && !subscription.IsOfStatesOnly ? 1 : 0;
        }
    }

    private TimeSpan Pace() => TimeSpan.FromSeconds(Math.Max(Interval.TotalSeconds, (double)_watchers / MostCalls));

    private void OnChanged(RunChange change)
    {
        RunBuffer? buffer;
        TableSubscription[] tables;
        lock (_gate)
        {
            buffer = _buffers.GetValueOrDefault(change.RunId);
            tables = [.. _tables.Where(table => change.IsUrgent || !table.IsOfStatesOnly)];
        }

        if (buffer is not null && change.IsRewound)
        {
            foreach (RunSubscription follower in buffer.Clear())
            {
                follower.Rewind();
            }
        }
        else if (buffer is not null)
        {
            foreach (RunSubscription follower in buffer.Take(change.Events))
            {
                follower.Signal(change.IsUrgent);
            }
        }

        foreach (TableSubscription table in tables)
        {
            table.Signal(change.IsUrgent);
        }
    }
}
