using DistillStudio.Engine.Model;
using DistillStudio.Engine.Training;

namespace DistillStudio.Tests.Engine.Training;

public sealed class ThreadChoiceTests
{
    [Theory]
    [InlineData(0, 16, 1)]
    [InlineData(45e6, 16, 1)]
    [InlineData(181e6, 2, 1)]
    [InlineData(362e6, 2, 2)]
    [InlineData(1.4e9, 2, 2)]
    [InlineData(1.4e9, 16, 5)]
    [InlineData(175e9, 16, 16)]
    [InlineData(175e12, 1024, 1024)]
    [InlineData(175e9, 1, 1)]
    public void ForTraining_Work_GetsThreadsByItsSizeUpToTheCores(double flops, int available, int threads) =>
        Assert.Equal(threads, ThreadChoice.ForTraining(flops, available));

    [Fact]
    public void ForRun_NewRunOfATinyModel_LeavesCoresIdle()
    {
        var config = new T5Config { VocabSize = 832, DModel = 64, DKv = 16, DFf = 256, NumLayers = 2, NumDecoderLayers = 2, NumHeads = 4 };

        Assert.Equal((1, null), ThreadChoice.ForRun(config, 1, 16, resumed: null));
    }
}
