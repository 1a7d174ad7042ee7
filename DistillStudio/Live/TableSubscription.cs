namespace DistillStudio.Live;

/// <summary>One watcher of the table of runs.</summary>
internal sealed class TableSubscription(LiveFeed feed, Throttle throttle) : ILiveSubscription
{
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
