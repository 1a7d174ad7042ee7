namespace DistillStudio.Live;

/// <summary>One watcher of the table of runs.</summary>
internal sealed class TableSubscription(LiveFeed feed, Throttle throttle, bool isOfStatesOnly) : ILiveSubscription
{
    /// <summary>That a run has come further is no news to it.</summary>
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
        // The table is read whole each time.
    }

    public void Dispose()
    {
        throttle.Dispose();
        feed.Leave(this);
    }
}
