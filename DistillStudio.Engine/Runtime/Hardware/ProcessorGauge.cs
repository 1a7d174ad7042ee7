using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Interop;

namespace DistillStudio.Engine.Runtime.Hardware;

/// <summary>How many processor cores this process keeps busy while it takes steps; what happens between two steps is left out.</summary>
/// <param name="time">Measures the steps.</param>
/// <param name="used">Processor time of the process so far, over all its threads.</param>
public sealed class ProcessorGauge(TimeProvider time, Func<TimeSpan> used)
{
    /// <summary>Time of steps that one figure is the mean of: the system counts processor time in parts too coarse for one short step.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(0.5);

    private long _began;
    private TimeSpan _usedBefore;
    private TimeSpan _busy;
    private TimeSpan _passed;
    private double? _cores;

    public ProcessorGauge()
        : this(TimeProvider.System, () => Environment.CpuUsage.TotalTime)
    {
    }

    /// <summary>A step begins.</summary>
    public void Begin() => (_began, _usedBefore) = (time.GetTimestamp(), used());

    /// <summary>The step is over.</summary>
    /// <returns>Cores, 0 or more: the mean of the last half a second or more of steps; null until so much has passed.</returns>
    public double? End()
    {
        _passed += time.GetElapsedTime(_began);
        _busy += used() - _usedBefore;
        if (_passed >= Window)
        {
            _cores = _busy / _passed;
            (_busy, _passed) = (TimeSpan.Zero, TimeSpan.Zero);
        }

        return _cores;
    }
}
