using DistillStudio.Live;

namespace DistillStudio.Tests.Live;

public sealed class ThrottleTests : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly ManualTime _time = new();
    private readonly SemaphoreSlim _mayEnd = new(0);
    private readonly Throttle _throttle;
    private int _calls, _inside, _together;
    private bool _isSlow;

    public ThrottleTests() => _throttle = new Throttle(_time, () => Interval, CallAsync);

    public void Dispose()
    {
        _throttle.Dispose();
        _mayEnd.Dispose();
    }

    [Fact]
    public async Task Signal_ManyInATime_CallsAtOnceAndOnceMoreAfterTheInterval()
    {
        _throttle.Signal();
        await Calls(1);
        for (int i = 0; i < 1000; i++)
        {
            _throttle.Signal();
        }

        await Stays(1);
        _time.Advance(Interval - TimeSpan.FromMilliseconds(1));
        await Stays(1);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await Calls(2);
        _time.Advance(10 * Interval);
        await Stays(2); // nothing was signalled since
    }

    [Fact]
    public async Task Signal_OfThrottlesThatBeganApart_CallsThemAtTheSameBeats()
    {
        int[] calls = new int[3];
        Throttle[] throttles = [
            .. Enumerable.Range(0, calls.Length).Select(
                i => new Throttle(_time, () => Interval, () => Task.FromResult(Interlocked.Increment(ref calls[i]))))
        ];
        foreach (Throttle throttle in throttles)
        {
            throttle.Signal();
            _time.Advance(TimeSpan.FromMilliseconds(30));
        }

        await Eventually.Holds(() => calls.All(c => c == 1));
        await Task.Delay(50, TestContext.Current.CancellationToken); // they have ended too
        TimeSpan toBeat = (2 * Interval) - TimeSpan.FromMilliseconds(90); // the first one that is an interval away for all
        for (int beat = 2; beat < 5; beat++)
        {
            Array.ForEach(throttles, throttle => throttle.Signal());
            _time.Advance(toBeat - TimeSpan.FromMilliseconds(1));
            await Task.Delay(50, TestContext.Current.CancellationToken);
            Assert.All(calls.Skip(1), c => Assert.Equal(beat - 1, c));
            _time.Advance(TimeSpan.FromMilliseconds(1));
            await Eventually.Holds(() => calls.All(c => c == beat));
            await Task.Delay(50, TestContext.Current.CancellationToken);
            toBeat = Interval;
        }

        Array.ForEach(throttles, throttle => throttle.Dispose());
    }

    [Fact]
    public async Task Signal_Urgent_DoesNotWait()
    {
        _throttle.Signal();
        await Calls(1);
        _throttle.Signal();
        _throttle.Signal(isUrgent: true);

        await Calls(2);
    }

    [Fact]
    public async Task Signal_WhileCalled_CallsAgainAfterwardsAndNeverTogether()
    {
        _isSlow = true;
        _throttle.Signal();
        await Calls(1);
        _throttle.Signal(isUrgent: true);
        _time.Advance(10 * Interval);
        await Stays(1);

        _mayEnd.Release();
        await Calls(2);
        _mayEnd.Release();
        Assert.Equal(0, _together);
    }

    [Fact]
    public async Task Signal_WhileHeld_IsRememberedUntilLetGo()
    {
        _throttle.IsHeld = true;
        _throttle.Signal(isUrgent: true);
        await Stays(0);

        _throttle.IsHeld = false;

        await Calls(1);
        _throttle.IsHeld = true;
        _throttle.IsHeld = false;
        _time.Advance(Interval);
        await Stays(1); // nothing was missed this time
    }

    [Fact]
    public async Task Signal_AfterDispose_CallsNobody()
    {
        _throttle.Signal();
        await Calls(1);
        _throttle.Signal();

        _throttle.Dispose();

        _throttle.Signal(isUrgent: true);
        _time.Advance(Interval);
        await Stays(1);
    }

    [Fact]
    public async Task Call_ThatThrows_IsLoggedAndDoesNotEndTheCalls()
    {
        int calls = 0;
        var log = new RecordedLog<Throttle>();
        using var throttle =
            new Throttle(
                _time, () => Interval,
                () => Interlocked.Increment(ref calls) == 1 ? throw new InvalidOperationException("no such run") : Task.CompletedTask, log);
        throttle.Signal();
        await Eventually.Holds(() => calls == 1);
        throttle.Signal();
        await Eventually.Holds(() =>
        {
            _time.Advance(Interval);
            return calls == 2;
        });
        Assert.Contains("no such run", Assert.Single(log.Entries), StringComparison.Ordinal);
    }

    private async Task CallAsync()
    {
        if (Interlocked.Increment(ref _inside) > 1)
        {
            Interlocked.Increment(ref _together);
        }

        Interlocked.Increment(ref _calls);
        if (_isSlow)
        {
            await _mayEnd.WaitAsync();
        }

        Interlocked.Decrement(ref _inside);
    }

    private async Task Calls(int count)
    {
        await Eventually.Holds(() => _calls == count);
        await Stays(count);
    }

    /// <summary>Also lets a call that was begun come to its end.</summary>
    private async Task Stays(int count)
    {
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.Equal(count, _calls);
    }
}
