
namespace DistillStudio.Engine.Runtime.Hardware;

/// <summary>Measures how many processor cores this process uses during steps; time between steps is excluded.</summary>
/// <param name="time">Clock that times the steps.</param>
/// <param name="used">Returns the processor time of the process so far, summed over its threads.</param>
public sealed class ProcessorGauge(TimeProvider time, Func<TimeSpan> used)
{
    /// <summary>Step time that one figure averages over: the system's processor time is too coarse for one short step.</summary>
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

    /// <summary>Marks the start of a step.</summary>
    public void Begin() => (_began, _usedBefore) = (time.GetTimestamp(), used());

    /// <summary>Marks the end of a step.</summary>
    /// <returns>Cores in use, 0 or more, averaged over at least the last half second of steps; null until that much time has
    /// passed.</returns>
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
