using System.Diagnostics;
using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Engine.Settings;
using TorchSharp;

namespace DistillStudio.Engine.Training;

/// <summary>What the time of a step goes to.</summary>
public enum StepPhase
{
    /// <summary>Choosing rows, and turning them into ids and tensors.</summary>
    Data,

    /// <summary>Encoder and decoder.</summary>
    Forward,

    /// <summary>The head and the cross-entropy.</summary>
    LossHead,

    Backward,

    /// <summary>The gradient's norm and the scaling by it.</summary>
    Clip,

    Optimizer,

    /// <summary>Clearing gradients, adding up losses, counting.</summary>
    Rest,
}

/// <summary>Adds up where the time of steps goes. On a GPU each mark waits for the work before it, so only measurements use one.</summary>
/// <param name="device">Where the work is done.</param>
public sealed class PhaseClock(torch.Device device)
{
    private readonly double[] _seconds = new double[Enum.GetValues<StepPhase>().Length];
    private long _last;

    /// <summary>A step begins: what was before belongs to no phase.</summary>
    public void Start() => _last = Stopwatch.GetTimestamp();

    /// <summary>Everything since the last mark was this phase.</summary>
    public void Mark(StepPhase phase)
    {
        Devices.Synchronize(device);
        long now = Stopwatch.GetTimestamp();
        _seconds[(int)phase] += Stopwatch.GetElapsedTime(_last, now).TotalSeconds;
        _last = now;
    }

    /// <summary>Seconds of each phase so far; starts anew.</summary>
    public IReadOnlyDictionary<StepPhase, double> Take()
    {
        var taken = Enum.GetValues<StepPhase>().ToDictionary(phase => phase, phase => _seconds[(int)phase]);
        Array.Clear(_seconds);
        return taken;
    }
}
