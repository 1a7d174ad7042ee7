using System.Collections.Concurrent;
using DistillStudio.Engine.Training;

namespace DistillStudio.Jobs;

/// <summary>The runs that this process trains now, and how to reach them.</summary>
public sealed class ActiveRuns
{
    private readonly ConcurrentDictionary<string, RunControl> _controls = [];

    /// <summary>Null where this process does not train that run.</summary>
    public RunControl? Find(string runId) => _controls.GetValueOrDefault(runId);

    /// <summary>Ends all of them with the process; none is cancelled by it.</summary>
    internal void InterruptAll()
    {
        foreach (RunControl control in _controls.Values)
        {
            control.Interrupt();
        }
    }

    internal void Add(string runId, RunControl control) => _controls[runId] = control;

    internal void Remove(string runId) => _controls.TryRemove(runId, out _);
}
