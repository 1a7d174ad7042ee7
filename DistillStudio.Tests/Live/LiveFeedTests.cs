using System.Collections.Concurrent;
using DistillStudio.Engine.Metrics;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.History;
using DistillStudio.Live;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistillStudio.Tests.Live;

public sealed class LiveFeedTests : IDisposable
{
    private const string Id = "a-run";

    private readonly TempFolder _folder = new();
    private readonly RunHistory _history;
    private readonly LiveFeed _feed;
    private readonly RunSpec _spec = RunScript.Spec();

    public LiveFeedTests()
    {
        _history = new RunHistory(_folder["studio.db"], TimeProvider.System, NullLogger<RunHistory>.Instance);
        _feed = new LiveFeed(_history, TimeProvider.System);
        _history.Add(RunScript.Summary(Id));
    }

    public void Dispose()
    {
        _feed.Dispose();
        _history.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Follow_WhileEventsArrive_YieldsEachOnceInOrderAndAtMostFiveTimesASecond()
    {
        ConcurrentQueue<long> seen = [];
        int calls = 0;
        ILiveSubscription subscription = null!;
        subscription = _feed.Follow(Id, 0, () =>
        {
            Interlocked.Increment(ref calls);
            FeedBatch batch = subscription.Pull();
            Assert.False(batch.MustRedraw);
            foreach (RunEvent happened in batch.Events)
            {
                seen.Enqueue(happened.Number);
            }

            return Task.CompletedTask;
        });

        long start = TimeProvider.System.GetTimestamp();
        for (int step = 1; step <= 3000; step += 10)
        {
            Append(step, 10);
            await Task.Delay(3, TestContext.Current.CancellationToken);
        }

        await Eventually.Holds(() => seen.Count == 3000);
        double seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        subscription.Dispose();
        Assert.Equal(Enumerable.Range(1, 3000).Select(i => (long)i), seen);
        Assert.InRange(calls, 2, (seconds * 5) + 2);
    }

    [Fact]
    public void Pull_BehindTheBuffer_IsServedFromHistoryOrAskedToRedraw()
    {
        Append(1, 500);
        using ILiveSubscription late = _feed.Follow(Id, 0, () => Task.CompletedTask);
        Assert.Equal(Enumerable.Range(1, 500).Select(i => (long)i), late.Pull().Events.Select(e => e.Number));
        Assert.Empty(late.Pull().Events);

        Append(501, 100);
        using ILiveSubscription later = _feed.Follow(Id, 450, () => Task.CompletedTask);
        // the buffer begins at 501
        Assert.Equal(Enumerable.Range(451, 150).Select(i => (long)i), later.Pull().Events.Select(e => e.Number));

        Append(601, 3 * LiveFeed.BufferSize);
        FeedBatch tooMuch = late.Pull();
        Assert.True(tooMuch.MustRedraw);
        Assert.Empty(tooMuch.Events);
        Assert.True(late.Pull().MustRedraw); // until told where the caller stands
        long last = _history.Series(Id, new SeriesRequest([Metric.Loss])).LastNumber;
        late.SkipTo(last);
        Assert.Equal(new FeedBatch([], false).MustRedraw, late.Pull().MustRedraw);
        Append((int)last + 1, 5);
        Assert.Equal(Enumerable.Range((int)last + 1, 5).Select(i => (long)i), late.Pull().Events.Select(e => e.Number));
    }

    [Fact]
    public async Task Follow_RunAheadOfTheCaller_CallsWithoutANewEvent()
    {
        Append(1, 5);
        int calls = 0;

        using ILiveSubscription subscription = _feed.Follow(Id, 3, () => Task.FromResult(Interlocked.Increment(ref calls)));

        await Eventually.Holds(() => calls == 1);
        Assert.Equal([4, 5], subscription.Pull().Events.Select(e => e.Number));
    }

    [Fact]
    public async Task Follow_ManyWatchers_AreCalledLessOften()
    {
        var time = new ManualTime();
        using var feed = new LiveFeed(_history, time);
        int calls = 0;
        List<ILiveSubscription> many = [.. Enumerable.Range(0, 100).Select(_ => feed.FollowRuns(() => Task.CompletedTask))];
        many.Add(feed.Follow(Id, 0, () =>
        {
            Interlocked.Increment(ref calls);
            return Task.CompletedTask;
        }));
        Append(1, 1);
        await Eventually.Holds(() => calls == 1);

        Append(2, 1);
        time.Advance(TimeSpan.FromMilliseconds(2000)); // fifty calls a second for all of them together: one each 2.02 s
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.Equal(1, calls);
        time.Advance(TimeSpan.FromMilliseconds(2100)); // at the next beat but one at the latest
        await Eventually.Holds(() => calls == 2);

        many.SkipLast(1).ToList().ForEach(gone => gone.Dispose());
        many.SkipLast(1).ToList().ForEach(gone => gone.Dispose());
        Append(3, 1);
        time.Advance(TimeSpan.FromMilliseconds(250));
        await Eventually.Holds(() => calls == 3);
        many[^1].Dispose();
    }

    [Fact]
    public async Task Follow_StateChange_PassesWithoutWaitingForTheInterval()
    {
        using var feed = new LiveFeed(_history, new ManualTime()); // no interval passes
        var pulled = new ConcurrentQueue<RunEvent>();
        ILiveSubscription subscription = null!;
        subscription = feed.Follow(Id, 0, () =>
        {
            foreach (RunEvent happened in subscription.Pull().Events)
            {
                pulled.Enqueue(happened);
            }

            return Task.CompletedTask;
        });
        Append(1, 1);
        await Eventually.Holds(() => pulled.Count == 1);

        _history.Append(Id, [new Paused(1) { Number = 2, Time = RunScript.Start }], Bookmark.Start);

        await Eventually.Holds(() => pulled.Count == 2);
        subscription.Dispose();
    }

    [Fact]
    public void Pull_AfterARewind_AsksToRedraw()
    {
        Append(1, 10);
        using ILiveSubscription subscription = _feed.Follow(Id, 10, () => Task.CompletedTask);

        _history.Rewind(Id);
        Append(1, 12);

        Assert.True(subscription.Pull().MustRedraw);
        subscription.SkipTo(12);
        Append(13, 1);
        Assert.Equal([13], subscription.Pull().Events.Select(e => e.Number));
    }

    [Fact]
    public async Task Held_CatchesUpWhenLetGo()
    {
        int calls = 0;
        using ILiveSubscription subscription = _feed.Follow(Id, 0, () => Task.FromResult(Interlocked.Increment(ref calls)));
        subscription.IsHeld = true;
        Append(1, 100);
        await Task.Delay(300, TestContext.Current.CancellationToken);
        Assert.Equal(0, calls);

        subscription.IsHeld = false;

        await Eventually.Holds(() => calls == 1);
        Assert.Equal(100, subscription.Pull().Events.Count);
    }

    [Fact]
    public void Follow_AfterTheLastFollowerLeft_NothingIsKept()
    {
        ILiveSubscription one = _feed.Follow(Id, 0, () => Task.CompletedTask);
        ILiveSubscription two = _feed.Follow(Id, 0, () => Task.CompletedTask);
        Assert.Equal(1, _feed.BufferCount);

        one.Dispose();
        Assert.Equal(1, _feed.BufferCount);
        two.Dispose();
        Assert.Equal(0, _feed.BufferCount);
    }

    [Fact]
    public async Task FollowRuns_OfStatesOnly_HearsNothingOfProgress()
    {
        int calls = 0;
        using ILiveSubscription list = _feed.FollowRuns(() => Task.FromResult(Interlocked.Increment(ref calls)), isOfStatesOnly: true);
        _history.Edit(Id, run => run with { State = RunState.Running });
        await Eventually.Holds(() => calls == 1);
        Append(1, 100);
        await Task.Delay(600, TestContext.Current.CancellationToken);
        Assert.Equal(1, calls);
        _history.Edit(Id, run => run with { State = RunState.Paused });
        await Eventually.Holds(() => calls == 2);
    }

    [Fact]
    public async Task FollowRuns_AnyChange_IsTold()
    {
        int calls = 0;
        using ILiveSubscription table = _feed.FollowRuns(() => Task.FromResult(Interlocked.Increment(ref calls)));
        _history.Add(RunScript.Summary("another"));
        await Eventually.Holds(() => calls == 1);
        _history.Edit("another", run => run with { Notes = "changed" });
        await Eventually.Holds(() => calls == 2);
        _history.Remove("another");
        await Eventually.Holds(() => calls == 3);
    }

    private void Append(int firstStep, int count)
    {
        IReadOnlyList<RunEvent> events = RunScript.Numbered(
            Enumerable.Range(firstStep, count).Select(i => RunScript.Step(i, _spec)), firstStep - 1);
        _history.Append(Id, events, Bookmark.Start);
    }
}
