namespace DistillStudio.Live;

/// <summary>A subscription to the table of runs.</summary>
internal sealed class TableSubscription(LiveFeed feed, Throttle throttle, bool isOfStatesOnly) : ILiveSubscription
{
    /// <summary>True if the subscription is not notified of the progress of runs.</summary>
    public bool IsOfStatesOnly => isOfStatesOnly;

    public bool IsHeld
    {
        get => throttle.IsHeld;
        set => throttle.IsHeld = value;
    }

    public void Signal(bool isUrgent) => throttle.Signal(isUrgent);

    public FeedBatch Pull() => FeedBatch.Empty;

    public void SkipTo(long number)
    {
        // The whole table is read each time.
    }

    public void Dispose()
    {
        throttle.Dispose();
        feed.Leave(this);
    }
}
