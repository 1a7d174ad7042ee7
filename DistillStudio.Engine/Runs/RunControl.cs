using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;

namespace DistillStudio.Engine.Runs;

/// <summary>What a person asks of a running run; the trainer looks between two steps. Safe from any thread.</summary>
public sealed class RunControl : IDisposable
{
    private readonly ManualResetEventSlim _mayRun = new(true);
    private readonly CancellationTokenSource _cancelled = new();
    private volatile bool _isInterruptAsked;

    public bool IsPauseAsked => !_mayRun.IsSet;

    public bool IsCancelAsked => _cancelled.IsCancellationRequested;

    /// <summary>The run is to end because its process does: nobody cancelled it.</summary>
    public bool IsInterruptAsked => _isInterruptAsked;

    /// <summary>Fires when the run is to end.</summary>
    public CancellationToken CancelToken => _cancelled.Token;

    public void Pause() => _mayRun.Reset();

    public void Resume() => _mayRun.Set();

    public void Cancel() => _cancelled.Cancel();

    /// <summary>Ends the run as <see cref="Cancel"/> does, without a word in its events: it stays a run that has not ended.</summary>
    public void Interrupt()
    {
        _isInterruptAsked = true;
        _cancelled.Cancel();
    }

    /// <summary>Blocks while paused; returns at once when the run is to end.</summary>
    public void WaitWhilePaused()
    {
        try
        {
            _mayRun.Wait(_cancelled.Token);
        }
        catch (OperationCanceledException)
        {
            // Asked to end while paused: the caller looks at IsCancelAsked next.
        }
    }

    public void Dispose()
    {
        _mayRun.Dispose();
        _cancelled.Dispose();
    }
}
