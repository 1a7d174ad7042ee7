using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;

namespace DistillStudio.Tests.Engine.Runtime.Hardware;

/// <summary>The peak of a GPU's memory, with a simulated GPU, because this machine may have none.</summary>
public sealed class DeviceMemoryTests : IDisposable
{
    private const ulong Unknown = ulong.MaxValue;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Bench_OnADeviceWithSeparateMemory_GivesThePeakOfThatMemory()
    {
        var usage = new Queue<long?>([null, 5_000_000_000, 3_000_000_000]);
        RunSpec spec = RunDefaults.DemoStandard with { BatchSize = 4, GenMaxLen = 4, Device = "cpu", Subsample = 0.02, MaxSteps = 100 };
        using TrainingSession session = TrainingSession.Open(spec, _folder.Home, BackendKind.AsOnGpu);

        BenchmarkReport report =
            new Benchmark(session, new DeviceMemory(() => usage.TryDequeue(out long? used) ? used : 1_000_000_000), isProfiled: false).Run(
                2, TestContext.Current.CancellationToken);

        Assert.Equal(5_000_000_000, report.PeakMemoryBytes);
        Assert.InRange(report.HostPeakMemoryBytes, 50_000_000, 4_900_000_000);
    }

    [Fact]
    public void Peak_Unreported_IsUnknown()
    {
        var memory = new DeviceMemory(() => null);
        memory.Sample();
        Assert.Null(memory.Peak);
    }

    [Fact]
    public void Peak_OnTheCpu_IsThePeakResidentMemory()
    {
        DeviceMemory memory = DeviceMemory.Open(Devices.Resolve("cpu"));
        memory.Sample();
        Assert.InRange(memory.Peak!.Value, Environment.WorkingSet / 2, MemoryGauge.Peak());
    }

    [Fact]
    public void OfProcess_DriverDistinguishesProcesses_IsItsOwn() =>
        Assert.Equal(700, GpuMemory.Of([(6, 9000), (7, 700), (8, 100)], process: 7, used: 99_000, usedBefore: 50_000));

    [Theory]
    [InlineData(1000L, 400L, 600L)] // in a container the driver's processes have other numbers
    [InlineData(1000L, null, null)]
    [InlineData(null, 400L, null)]
    [InlineData(300L, 400L, null)] // another process has gone meanwhile
    public void OfProcess_DriverDoesNot_IsTheGrowthOfTheDevice(long? used, long? before, long? expected)
    {
        Assert.Equal(expected, GpuMemory.Of([(6, 9000)], process: 7, used, before));
        Assert.Equal(expected, GpuMemory.Of([(7, Unknown)], process: 7, used, before));
        Assert.Equal(expected, GpuMemory.Of([], process: 7, used, before));
    }
}
