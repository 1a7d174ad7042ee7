using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;

namespace DistillStudio.Live;

/// <summary>Tells who is watching that something is new; they pull it when they can.</summary>
public interface ILiveFeed
{
    /// <summary>Follows one run.</summary>
    /// <param name="afterNumber">The last event the caller has seen; 0 for none.</param>
    /// <param name="changed">
    /// Called when there is something to pull: at most five times a second, at once when the run's state changes, never twice at the same time.
    /// </param>
    ILiveSubscription Follow(string runId, long afterNumber, Func<Task> changed);

    /// <summary>Follows the table of runs: any run's summary changed, came or went. The caller reads the table anew.</summary>
    /// <param name="isOfStatesOnly">Only where a run came, went, was edited or took another state; not where it has come further.</param>
    ILiveSubscription FollowRuns(Func<Task> changed, bool isOfStatesOnly = false);
}

/// <summary>Ends when disposed; no call begins after that.</summary>
public interface ILiveSubscription : IDisposable
{
    /// <summary>While true nobody is called, as for a hidden tab; set back to false, the caller hears of what was missed.</summary>
    bool IsHeld { get; set; }

    /// <summary>What came since the last pull. Always empty where the table of runs is followed.</summary>
    FeedBatch Pull();

    /// <summary>The caller has seen everything up to this number, from elsewhere.</summary>
    void SkipTo(long number);
}

/// <param name="Events">In order and without a gap.</param>
/// <param name="MustRedraw">
/// Too much to append, or the run went back to a checkpoint: read the history anew, then <see cref="ILiveSubscription.SkipTo"/> its last number.
/// <paramref name="Events"/> is empty then.
/// </param>
public sealed record FeedBatch(IReadOnlyList<RunEvent> Events, bool MustRedraw)
{
    public static FeedBatch Empty { get; } = new([], MustRedraw: false);
}
