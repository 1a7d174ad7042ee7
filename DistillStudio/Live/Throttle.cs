namespace DistillStudio.Live;

/// <summary>
/// Coalesces signals into calls that never overlap. The first call after a pause starts immediately, further ones at clock ticks,
/// one per tick; an urgent signal does not wait. All throttles with the same interval share their ticks, so that twenty pages
/// interrupt training once instead of twenty times.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="interval">Returns the interval between two ticks.</param>
/// <param name="call">The callback. Its exceptions are logged and not rethrown: a failing subscriber must not stop the feed.</param>
/// <param name="log">Null for no logging.</param>
internal sealed class Throttle(TimeProvider time, Func<TimeSpan> interval, Func<Task> call, ILogger? log = null) : IDisposable
{
    /// <summary>How early a timer may fire.</summary>
    private static readonly TimeSpan TimerError = TimeSpan.FromMilliseconds(10);

    private readonly Lock _gate = new();
    private ITimer? _timer;
    private long? _lastStart;
    private bool _wasOnBeat;
    private bool _isCalling, _isPending, _isUrgent, _isHeld, _isDisposed;

    /// <summary>While true, signals are recorded without calling back.</summary>
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

    /// <summary>Starts a pending call or its timer. Called under the gate.</summary>
    /// <param name="isOnBeat">True if a tick's timer has fired, possibly slightly early.</param>
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

    /// <summary>
    /// Returns the time until the first tick that is at least one interval after the last call; if that call was on a tick, even a late
    /// one, until the next tick.
    /// </summary>
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
            log?.LogError(e, "A subscriber failed; it is called again with the next change.");
        }

        lock (_gate)
        {
            _isCalling = false;
            Schedule();
        }
    }
}
