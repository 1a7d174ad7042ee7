namespace DistillStudio.Live;

/// <summary>A subscription to one run.</summary>
internal sealed class RunSubscription(LiveFeed feed, string runId, long afterNumber, Throttle throttle) : ILiveSubscription
{
    private readonly Lock _gate = new();
    private long _seen = afterNumber;
    private bool _mustRedraw;

    public string RunId => runId;

    public bool IsHeld
    {
        get => throttle.IsHeld;
        set => throttle.IsHeld = value;
    }

    public void Signal(bool isUrgent) => throttle.Signal(isUrgent);

    /// <summary>Invalidates all events pulled so far.</summary>
    public void Rewind()
    {
        lock (_gate)
        {
            _mustRedraw = true;
        }

        throttle.Signal();
    }

    public FeedBatch Pull()
    {
        lock (_gate)
        {
            if (_mustRedraw || feed.After(runId, _seen) is not { } events)
            {
                _mustRedraw = true;
                return new FeedBatch([], MustRedraw: true);
            }

            if (events.Count == 0)
            {
                return FeedBatch.Empty;
            }

            _seen = events[^1].Number;
            return new FeedBatch(events, MustRedraw: false);
        }
    }

    public void SkipTo(long number)
    {
        lock (_gate)
        {
            _seen = number;
            _mustRedraw = false;
        }
    }

    public void Dispose()
    {
        throttle.Dispose();
        feed.Leave(this);
    }
}
