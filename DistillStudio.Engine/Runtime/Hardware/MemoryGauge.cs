using System.Diagnostics;

namespace DistillStudio.Engine.Runtime.Hardware;

/// <summary>Measures the resident memory of this process, at most twice a second.</summary>
public sealed class MemoryGauge
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.5);

    private long _readAt;
    private long _bytes;

    /// <summary>Returns the peak resident memory of this process.</summary>
    public static long Peak()
    {
        using Process self = Process.GetCurrentProcess();
        return self.PeakWorkingSet64;
    }

    public long Read()
    {
        if (_bytes == 0 || Stopwatch.GetElapsedTime(_readAt) > Interval)
        {
            _bytes = Environment.WorkingSet;
            _readAt = Stopwatch.GetTimestamp();
        }

        return _bytes;
    }
}
