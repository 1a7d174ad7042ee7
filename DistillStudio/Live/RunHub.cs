using System.Runtime.CompilerServices;
using System.Threading.Channels;
using DistillStudio.Engine.Runs;
using DistillStudio.History;
using Microsoft.AspNetCore.SignalR;

namespace DistillStudio.Live;

/// <summary>
/// Streams the live events of a run to programs. After a lost connection, a client continues from the number after the last event
/// it received.
/// </summary>
public sealed class RunHub(IRunHistory history, ILiveFeed feed) : Hub
{
    public const string Path = "/hubs/runs";

    private const int BatchSize = 500;

    /// <summary>Maximum number of concurrent streams per connection.</summary>
    private const int MostStreams = 50;

    /// <summary>
    /// Streams the run's events from the number, in order, without gaps; completes once the run has ended.
    /// If a run resumed from a checkpoint, <see cref="Resumed"/> contains its step: earlier events of later steps are void.
    /// </summary>
    /// <param name="fromNumber">Number of the first event; 1 for all.</param>
    /// <exception cref="HubException">There is no such run, or the connection has too many streams.</exception>
    public async IAsyncEnumerable<RunEvent> StreamEvents(
        string runId, long fromNumber, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(runId) || history.Find(runId) is null)
        {
            throw new HubException($"There is no run {Shown(runId)}; use the id that its page shows.");
        }

        using IDisposable place = TakePlace();
        long seen = Math.Clamp(fromNumber, 1, EventLine.LastNumber) - 1;
        var wakes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        using ILiveSubscription subscription = feed.Follow(runId, seen, () =>
        {
            wakes.Writer.TryWrite(true);
            return Task.CompletedTask;
        });

        while (history.Find(runId) is { } run)
        {
            // Checked before the events are read: a run that has ended adds no more.
            bool hasEnded = run.State.HasEnded();
            FeedBatch batch = subscription.Pull();
            if (batch.MustRedraw)
            {
                batch = new FeedBatch(history.Events(runId, seen + 1, BatchSize), MustRedraw: true);
            }

            foreach (RunEvent happened in batch.Events)
            {
                yield return happened;
                seen = happened.Number;
            }

            if (batch.MustRedraw)
            {
                subscription.SkipTo(seen);
            }

            if (batch.Events.Count > 0)
            {
                continue;
            }

            if (hasEnded)
            {
                yield break;
            }

            _ = await wakes.Reader.ReadAsync(cancellationToken);
        }
    }

    /// <summary>Returns the id truncated and without control characters, for error messages and the log.</summary>
    private static string Shown(string? runId) =>
        runId is null
            ? "without an id"
            : new string([.. runId.Take(100).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c)])
                + (runId.Length > 100 ? "…" : "");

    private StreamPlace TakePlace()
    {
        lock (Context.Items)
        {
            int open = Context.Items.TryGetValue(nameof(StreamPlace), out object? count) ? (int)count! : 0;
            if (open >= MostStreams)
            {
                throw new HubException($"This connection follows {MostStreams} runs already; end one of them, or open another connection.");
            }

            Context.Items[nameof(StreamPlace)] = open + 1;
        }

        return new StreamPlace(Context.Items);
    }

    /// <summary>Counts one stream of the connection until disposed.</summary>
    private sealed class StreamPlace(IDictionary<object, object?> items) : IDisposable
    {
        public void Dispose()
        {
            lock (items)
            {
                items[nameof(StreamPlace)] = (int)items[nameof(StreamPlace)]! - 1;
            }
        }
    }
}
