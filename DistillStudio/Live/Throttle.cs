namespace DistillStudio.Live;

/// <summary>
/// Turns any number of signals into calls that never overlap and begin at least <paramref name="interval"/> apart; an urgent signal does not wait.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="interval">Between the beginnings of two calls.</param>
/// <param name="call">What it throws is the caller's affair and ends here: a page that has gone must not stop the feed.</param>
internal sealed class Throttle(TimeProvider time, Func<TimeSpan> interval, Func<Task> call) : IDisposable
{
    private readonly Lock _gate = new();
    private ITimer? _timer;
    private long? _lastStart;
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
    private void Schedule()
    {
        if (!_isPending || _isCalling || _isHeld || _isDisposed)
        {
            return;
        }

        TimeSpan wait = _isUrgent || _lastStart is not { } last ? TimeSpan.Zero : interval() - time.GetElapsedTime(last);
        if (wait <= TimeSpan.Zero)
        {
            Start();
        }
        else
        {
            _timer ??= time.CreateTimer(_ => OnTimer(), null, wait, Timeout.InfiniteTimeSpan);
        }
    }

    private void Start()
    {
        _timer?.Dispose();
        _timer = null;
        (_isCalling, _isPending, _isUrgent, _lastStart) = (true, false, false, time.GetTimestamp());
        _ = Task.Run(CallAsync);
    }

    private void OnTimer()
    {
        lock (_gate)
        {
            _timer?.Dispose();
            _timer = null;
            Schedule();
        }
    }

    private async Task CallAsync()
    {
        try
        {
            await call();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The watcher's page is gone or broken; the next signal tries again.
        }

        lock (_gate)
        {
            _isCalling = false;
            Schedule();
        }
    }
}
