using DistillStudio.Engine.Runs;

namespace DistillStudio.Live;

/// <summary>Notifies subscribers of new events, which they then pull.</summary>
public interface ILiveFeed
{
    /// <summary>Subscribes to one run.</summary>
    /// <param name="afterNumber">Number of the last event that the caller has seen; 0 for none.</param>
    /// <param name="changed">
    /// Called when there are events to pull: at most five times a second, immediately when the run's state changes, never concurrently.
    /// </param>
    ILiveSubscription Follow(string runId, long afterNumber, Func<Task> changed);

    /// <summary>
    /// Subscribes to the table of runs: <paramref name="changed"/> is called when any run is added, changed or removed. The caller then
    /// reads the whole table.
    /// </summary>
    /// <param name="isOfStatesOnly">
    /// True to be notified only when a run is added, removed, edited or changes state, and not of its progress.
    /// </param>
    ILiveSubscription FollowRuns(Func<Task> changed, bool isOfStatesOnly = false);
}

/// <summary>A subscription to the live feed. Ends when disposed; no callback starts after that.</summary>
public interface ILiveSubscription : IDisposable
{
    /// <summary>
    /// True to suspend callbacks, for example for a hidden tab. When it is set back to false, missed changes are signalled.
    /// </summary>
    bool IsHeld { get; set; }

    /// <summary>Returns the events since the last pull. Always empty for a subscription to the table of runs.</summary>
    FeedBatch Pull();

    /// <summary>Skips events up to this number, which the caller has read from history.</summary>
    void SkipTo(long number);
}

/// <param name="Events">Events in order, without gaps.</param>
/// <param name="MustRedraw">
/// True if there are too many events to append, or the run was rewound: read the history again, then call
/// <see cref="ILiveSubscription.SkipTo"/> with its last number. <paramref name="Events"/> is then empty.
/// </param>
public sealed record FeedBatch(IReadOnlyList<RunEvent> Events, bool MustRedraw)
{
    public static FeedBatch Empty { get; } = new([], MustRedraw: false);
}
