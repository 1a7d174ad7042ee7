
namespace DistillStudio.Engine.Runs;

/// <summary>Requests to a running run, such as pause and cancel; the trainer checks them between two steps. Thread-safe.</summary>
public sealed class RunControl : IDisposable
{
    private readonly ManualResetEventSlim _mayRun = new(true);
    private readonly CancellationTokenSource _cancelled = new();
    private volatile bool _isInterruptRequested;

    public bool IsPauseRequested => !_mayRun.IsSet;

    public bool IsCancelRequested => _cancelled.IsCancellationRequested;

    /// <summary>True if the run must end because its process exits, not because it was cancelled.</summary>
    public bool IsInterruptRequested => _isInterruptRequested;

    /// <summary>Cancelled when the run must end.</summary>
    public CancellationToken CancelToken => _cancelled.Token;

    public void Pause() => _mayRun.Reset();

    public void Resume() => _mayRun.Set();

    public void Cancel() => _cancelled.Cancel();

    /// <summary>Ends the run like <see cref="Cancel"/>, but records no event: the run counts as not ended.</summary>
    public void Interrupt()
    {
        _isInterruptRequested = true;
        _cancelled.Cancel();
    }

    /// <summary>Blocks while paused; returns immediately when the run must end.</summary>
    public void WaitWhilePaused()
    {
        try
        {
            _mayRun.Wait(_cancelled.Token);
        }
        catch (OperationCanceledException)
        {
            // Cancelled while paused: the caller checks IsCancelAsked next.
        }
    }

    public void Dispose()
    {
        _mayRun.Dispose();
        _cancelled.Dispose();
    }
}
