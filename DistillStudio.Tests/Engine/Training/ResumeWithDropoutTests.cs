using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Tests.Engine.Training;

/// <summary>Alone: libtorch has one random generator for all that a process trains on the CPU.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class ResumeWithDropoutTests : IDisposable
{
    private readonly DemoTraining _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Run_StoppedAndResumed_DrawsTheSameDropout()
    {
        RunSpec spec = DemoTraining.Short with { FromPretrained = _bench.ModelWithDropout(), Init = ModelInit.Pretrained };
        (List<RunEvent> whole, RunFolder wholeFolder) = _bench.Train(spec);

        (_, RunFolder folder) = _bench.Train(spec, stopAfter: 5);
        _bench.Resume(folder);

        Assert.Equal(DemoTraining.Steps(whole), DemoTraining.Steps(RunFiles.Events(folder.Path)));
        Assert.Equal(RunFiles.Weights(wholeFolder.ModelPath), RunFiles.Weights(folder.ModelPath));
    }
}
