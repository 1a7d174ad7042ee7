using System.Diagnostics;
using DistillStudio.Engine.Runtime.Hardware;
using TorchSharp;

namespace DistillStudio.Engine.Training;

/// <summary>Phases of a training step.</summary>
public enum StepPhase
{
    /// <summary>Selecting examples, tokenizing them and creating tensors.</summary>
    Data,

    /// <summary>Encoder and decoder.</summary>
    Forward,

    /// <summary>The LM head and the cross-entropy.</summary>
    LossHead,

    Backward,

    /// <summary>Computing the gradient norm and scaling by it.</summary>
    Clip,

    Optimizer,

    /// <summary>Clearing gradients, summing losses, counting.</summary>
    Rest,
}

/// <summary>
/// Accumulates the time spent in each phase. On a GPU each mark waits for all preceding work, so it is used for measurements only.
/// </summary>
/// <param name="device">The compute device.</param>
public sealed class PhaseClock(torch.Device device)
{
    private readonly double[] _seconds = new double[Enum.GetValues<StepPhase>().Length];
    private long _last;

    /// <summary>Starts a step: time before this call belongs to no phase.</summary>
    public void Start() => _last = Stopwatch.GetTimestamp();

    /// <summary>Attributes the time since the last mark to a phase.</summary>
    public void Mark(StepPhase phase)
    {
        Devices.Synchronize(device);
        long now = Stopwatch.GetTimestamp();
        _seconds[(int)phase] += Stopwatch.GetElapsedTime(_last, now).TotalSeconds;
        _last = now;
    }

    /// <summary>Returns the seconds spent in each phase so far, and resets them.</summary>
    public IReadOnlyDictionary<StepPhase, double> Take()
    {
        var taken = Enum.GetValues<StepPhase>().ToDictionary(phase => phase, phase => _seconds[(int)phase]);
        Array.Clear(_seconds);
        return taken;
    }
}
