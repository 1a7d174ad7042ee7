namespace DistillStudio.Live;

/// <summary>
/// Turns any number of signals into calls that never overlap. One after a pause begins at once, further ones at the beats of the clock, one a beat;
/// an urgent signal does not wait. All throttles of one interval share their beats: woken together, twenty pages disturb a run once instead of twenty times.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="interval">Between two beats.</param>
/// <param name="call">What it throws is logged and ends here: one watcher that fails must not stop the feed.</param>
/// <param name="log">Null for none.</param>
internal sealed class Throttle(TimeProvider time, Func<TimeSpan> interval, Func<Task> call, ILogger? log = null) : IDisposable
{
    /// <summary>By which a timer may be early.</summary>
    private static readonly TimeSpan TimerError = TimeSpan.FromMilliseconds(10);

    private readonly Lock _gate = new();
    private ITimer? _timer;
    private long? _lastStart;
    private bool _wasOnBeat;
    private bool _isCalling, _isPending, _isUrgent, _isHeld, _isDisposed;

    /// <summary>While true signals are only remembered.</summary>
    public bool IsHeld
    {
        get => _isHeld;
        set
        {
            lock (_gate)
            {
                _isHeld = value;
                Schedule();
            }
        }
    }

    public void Signal(bool isUrgent = false)
    {
        lock (_gate)
        {
            _isPending = true;
            _isUrgent |= isUrgent;
            Schedule();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _timer?.Dispose();
            _timer = null;
        }
    }

    /// <summary>Under the gate.</summary>
    /// <param name="isOnBeat">A beat's timer has fired; it may be early by a hair.</param>
    private void Schedule(bool isOnBeat = false)
    {
        if (!_isPending || _isCalling || _isHeld || _isDisposed)
        {
            return;
        }

        TimeSpan wait = _isUrgent ? TimeSpan.Zero : UntilNext();
        if (wait <= (isOnBeat ? TimerError : TimeSpan.Zero))
        {
            Start(isOnBeat);
        }
        else
        {
            _timer ??= time.CreateTimer(_ => OnTimer(), null, wait, Timeout.InfiniteTimeSpan);
        }
    }

    private void Start(bool isOnBeat)
    {
        _timer?.Dispose();
        _timer = null;
        (_isCalling, _isPending, _isUrgent) = (true, false, false);
        (_lastStart, _wasOnBeat) = (time.GetTimestamp(), isOnBeat);
        _ = Task.Run(CallAsync);
    }

    /// <summary>Until the first beat that is an interval after the last call; where that was on a beat, however late, until the one after it.</summary>
    private TimeSpan UntilNext()
    {
        if (_lastStart is not { } last)
        {
            return TimeSpan.Zero;
        }

        long beat = (long)(interval().TotalSeconds * time.TimestampFrequency);
        long earliest = last + (_wasOnBeat ? beat / 2 : beat);
        return time.GetElapsedTime(time.GetTimestamp(), (earliest + beat - 1) / beat * beat);
    }

    private void OnTimer()
    {
        lock (_gate)
        {
            _timer?.Dispose();
            _timer = null;
            Schedule(isOnBeat: true);
        }
    }

    private async Task CallAsync()
    {
        try
        {
            await call();
        }
        catch (Exception e)
        {
            log?.LogError(e, "A watcher of the runs failed; the next news calls it again.");
        }

        lock (_gate)
        {
            _isCalling = false;
            Schedule();
        }
    }
}
