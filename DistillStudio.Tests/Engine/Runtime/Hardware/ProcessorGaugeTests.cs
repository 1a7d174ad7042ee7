using System.Diagnostics;
using DistillStudio.Engine.Runtime.Hardware;

namespace DistillStudio.Tests.Engine.Runtime.Hardware;

public sealed class ProcessorGaugeTests
{
    private readonly ManualTime _time = new();
    private TimeSpan _used;

    [Fact]
    public void End_ShortSteps_GivesTheMeanOfHalfASecondOfSteps()
    {
        ProcessorGauge gauge = new(_time, () => _used);

        Assert.Null(Step(gauge, seconds: 0.1, used: 0.1));
        Assert.Null(Step(gauge, seconds: 0.3, used: 0.6));
        Assert.Equal(1.5, Step(gauge, seconds: 0.2, used: 0.2)!.Value, 6);
        Assert.Equal(1.5, Step(gauge, seconds: 0.4, used: 0.1)!.Value, 6); // the next window is not complete yet
        Assert.Equal(0.5, Step(gauge, seconds: 0.2, used: 0.2)!.Value, 6);
    }

    [Fact]
    public void End_WorkBetweenTwoSteps_DoesNotCount()
    {
        ProcessorGauge gauge = new(_time, () => _used);
        Step(gauge, 1, 1);

        _time.Advance(TimeSpan.FromMinutes(1)); // an evaluation
        _used += TimeSpan.FromMinutes(8);

        Assert.Equal(1.25, Step(gauge, seconds: 2, used: 2.5));
    }

    [Fact]
    public void End_ThisProcessAtWork_IsAPlausibleFigure()
    {
        ProcessorGauge gauge = new();
        gauge.Begin();
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(0.6))
        {
            Thread.SpinWait(1000);
        }

        Assert.InRange(gauge.End() ?? -1, 0.01, Environment.ProcessorCount * 1.1);
    }

    private double? Step(ProcessorGauge gauge, double seconds, double used)
    {
        gauge.Begin();
        _time.Advance(TimeSpan.FromSeconds(seconds));
        _used += TimeSpan.FromSeconds(used);
        return gauge.End();
    }
}
