using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Data.Demo;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Training;

namespace DistillStudio.Tests.Survival;

/// <summary>What a run takes it gives back: the studio trains one after the other in one process. Measured in memory, for libtorch's own
/// count misses what a parameter takes over.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class MemoryBalanceTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Model_MadeAndDisposedManyTimes_LeavesNoMemoryBehind()
    {
        T5Config config = HuggingFaceFolder.ReadConfig(DemoModel.Materialize(_folder.Home));
        long bytes = 4 * config.ParameterCount;
        const int Times = 300;

        long grown = SmallestGrowth(Times, () =>
        {
            using var model = new T5(config);
            model.InitializeWeights(0);
        });

        Assert.InRange(grown, long.MinValue, Times * bytes / 5);
    }

    [Fact]
    public void Session_OpenedAndDisposedManyTimes_LeavesNoMemoryBehind()
    {
        long bytes = 4 * HuggingFaceFolder.ReadConfig(DemoModel.Materialize(_folder.Home)).ParameterCount;
        const int Times = 60;

        long grown = SmallestGrowth(Times, () => TrainingSession.Open(QueuedRun.Short, _folder.Home).Dispose());

        Assert.InRange(grown, long.MinValue, Times * bytes);
    }

    /// <summary>
    /// Returns the smallest growth of the process's memory in bytes over three stretches of <paramref name="times"/> calls each, after some
    /// calls that fill pools and caches. A leak grows in every stretch; an allocator or the garbage collector that takes room in one of
    /// them leaves the others as they were.
    /// </summary>
    private static long SmallestGrowth(int times, Action act)
    {
        Repeat(times / 5, act);
        return Enumerable.Range(0, 3).Min(_ =>
        {
            long before = Resident();
            Repeat(times, act);
            return Resident() - before;
        });
    }

    private static void Repeat(int times, Action act)
    {
        for (int i = 0; i < times; i++)
        {
            act();
        }
    }

    private static long Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return Environment.WorkingSet;
    }
}
