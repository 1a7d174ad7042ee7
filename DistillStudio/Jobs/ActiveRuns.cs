using System.Collections.Concurrent;
using DistillStudio.Engine.Runs;

namespace DistillStudio.Jobs;

/// <summary>The runs that this process is training, with their controls. Also lends the devices for short measurements.</summary>
public sealed class ActiveRuns
{
    private readonly ConcurrentDictionary<string, RunControl> _controls = [];
    private readonly ConcurrentDictionary<string, bool> _claimed = [];
    private readonly object _gate = new();
    private Action? _giveBack;

    /// <summary>True while a run is registered or the devices are lent.</summary>
    public bool IsAny
    {
        get
        {
            lock (_gate)
            {
                return _giveBack is not null || !_controls.IsEmpty;
            }
        }
    }

    /// <summary>Returns the run's control; null if this process is not training the run.</summary>
    public RunControl? Find(string runId) => _controls.GetValueOrDefault(runId);

    /// <summary>
    /// Returns true while this process is about to train, is training or has just trained the run. Such a run is not orphaned,
    /// regardless of its lock.
    /// </summary>
    internal bool IsClaimed(string runId) => _claimed.GetValueOrDefault(runId);

    /// <summary>Returns true if this process has ever claimed the run.</summary>
    internal bool WasClaimed(string runId) => _claimed.ContainsKey(runId);

    /// <summary>Registers the run and returns its new control. Called before the run is marked as running.</summary>
    internal RunControl Claim(string runId)
    {
        _claimed[runId] = true;
        lock (_gate)
        {
            return _controls[runId] = new RunControl();
        }
    }

    /// <summary>Releases the claim. Called once the run's lock has been released.</summary>
    internal void Release(string runId) => _claimed[runId] = false;

    /// <summary>Interrupts all runs for shutdown without cancelling them, and requests the devices back if they are lent.</summary>
    internal void InterruptAll()
    {
        lock (_gate)
        {
            _giveBack?.Invoke();
        }

        foreach (RunControl control in _controls.Values)
        {
            control.Interrupt();
        }
    }

    /// <summary>Requests the devices back if they are lent, and blocks until they are returned.</summary>
    internal void TakeDevices()
    {
        lock (_gate)
        {
            _giveBack?.Invoke();
            while (_giveBack is not null)
            {
                Monitor.Wait(_gate);
            }
        }
    }

    /// <summary>Removes the run's control without disposing it: callers that found it earlier may still use it.</summary>
    internal void Remove(string runId) => _controls.TryRemove(runId, out _);

    /// <summary>Lends the devices until the result is disposed; returns null if a run uses them or they are already lent.</summary>
    /// <param name="giveBack">Called when a run needs the devices; the run waits until they are returned.</param>
    internal IDisposable? TryLend(Action giveBack)
    {
        lock (_gate)
        {
            if (_giveBack is not null || !_controls.IsEmpty)
            {
                return null;
            }

            _giveBack = giveBack;
            return new Loan(this);
        }
    }

    private sealed class Loan(ActiveRuns owner) : IDisposable
    {
        public void Dispose()
        {
            lock (owner._gate)
            {
                owner._giveBack = null;
                Monitor.PulseAll(owner._gate);
            }
        }
    }
}
