using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Data.Demo;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Training;

namespace DistillStudio.Tests.Survival;

/// <summary>What a run takes it gives back: the studio trains one after the other in one process. Measured in memory, for libtorch's own count misses what a parameter takes over.</summary>
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

        long grown = Grown(Times, () =>
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

        long grown = Grown(Times, () => TrainingSession.Open(QueuedRun.Short, _folder.Home).Dispose());

        Assert.InRange(grown, long.MinValue, Times * bytes);
    }

    /// <summary>Of the process, after some rounds that fill pools and caches.</summary>
    private static long Grown(int times, Action act)
    {
        for (int i = 0; i < times / 5; i++)
        {
            act();
        }

        long before = Resident();
        for (int i = 0; i < times; i++)
        {
            act();
        }

        return Resident() - before;
    }

    private static long Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return Environment.WorkingSet;
    }
}
