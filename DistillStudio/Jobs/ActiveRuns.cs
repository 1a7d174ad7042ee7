using System.Collections.Concurrent;
using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;

namespace DistillStudio.Jobs;

/// <summary>The runs that this process trains now, and how to reach them.</summary>
public sealed class ActiveRuns
{
    private readonly ConcurrentDictionary<string, RunControl> _controls = [];
    private readonly ConcurrentDictionary<string, bool> _claimed = [];
    private readonly object _gate = new();
    private Action? _giveBack;

    /// <summary>A run, or something short that the devices are lent to, still computes.</summary>
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

    /// <summary>Null where this process does not train that run.</summary>
    public RunControl? Find(string runId) => _controls.GetValueOrDefault(runId);

    /// <summary>This process trains that run, is about to, or has just done so: it has not lost its process, whoever holds its lock.</summary>
    internal bool IsClaimed(string runId) => _claimed.GetValueOrDefault(runId);

    /// <summary>The run was this process's at some time.</summary>
    internal bool WasClaimed(string runId) => _claimed.ContainsKey(runId);

    /// <summary>Before the run counts as running, so that it can be reached from then on.</summary>
    internal RunControl Claim(string runId)
    {
        _claimed[runId] = true;
        lock (_gate)
        {
            return _controls[runId] = new RunControl();
        }
    }

    /// <summary>Once the run's lock is free.</summary>
    internal void Release(string runId) => _claimed[runId] = false;

    /// <summary>Ends all of them with the process; none is cancelled by it. What the devices are lent to ends too.</summary>
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

    /// <summary>Where the devices are lent, asks for them back and waits.</summary>
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

    /// <summary>Its control is not disposed: who found it before may still ask something of it.</summary>
    internal void Remove(string runId) => _controls.TryRemove(runId, out _);

    /// <summary>Lends the devices to something short until the result is disposed; null where a run has them, or they are lent already.</summary>
    /// <param name="giveBack">Told when a run wants them: it waits until they are back.</param>
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
