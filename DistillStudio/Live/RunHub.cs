using System.Runtime.CompilerServices;
using System.Threading.Channels;
using DistillStudio.Engine.Training;
using DistillStudio.History;
using Microsoft.AspNetCore.SignalR;

namespace DistillStudio.Live;

/// <summary>The live events of a run for programs. A client that lost its connection asks again from the number after the last it saw.</summary>
public sealed class RunHub(IRunHistory history, ILiveFeed feed) : Hub
{
    public const string Path = "/hubs/runs";

    private const int BatchSize = 500;

    /// <summary>
    /// The run's events from that number on, in order and without a gap; ends once the run has ended.
    /// Where a run went back to a checkpoint, <see cref="Resumed"/> says to which step: what came of later steps before it is void.
    /// </summary>
    /// <param name="fromNumber">1 for all.</param>
    /// <exception cref="HubException">There is no such run.</exception>
    public async IAsyncEnumerable<RunEvent> StreamEvents(string runId, long fromNumber, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        _ = history.Find(runId) ?? throw new HubException($"There is no run {runId}; ask with the id that its page shows.");
        long seen = Math.Max(0, fromNumber - 1);
        var wakes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        using ILiveSubscription subscription = feed.Follow(runId, seen, () =>
        {
            wakes.Writer.TryWrite(true);
            return Task.CompletedTask;
        });

        while (history.Find(runId) is { } run)
        {
            // Looked at before the events are read: whoever has ended adds no more.
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
}
