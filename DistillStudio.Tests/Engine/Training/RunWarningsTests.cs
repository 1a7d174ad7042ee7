using System.Runtime.Intrinsics.X86;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Engine.Training;

namespace DistillStudio.Tests.Engine.Training;

public sealed class RunWarningsTests
{
    [Fact]
    public void OnCpu_OfAnActivationWithoutKernel_NamesIt()
    {
        T5Config config = SmallT5.Config with { FeedForwardProj = "gelu" };

        string remark = Assert.Single(RunWarnings.OnCpu(config, Precision.Float32));
        Assert.Equal(
            "Steps are computed by libtorch, which takes longer: the CPU backend has no kernel for the activation gelu.", remark);
    }

    [Theory]
    [InlineData(500, "12 of 500 inputs are long.")]
    [InlineData(501, "In the first 500 of 501 training rows, 12 of 500 inputs are long.")]
    public void OfExamined_NotAllRows_SaysHowMany(int rows, string said) =>
        Assert.Equal(said, RunWarnings.OfExamined(rows, "12 of 500 inputs are long."));

    [Fact]
    public void OnCpu_OfBFloat16_WarnsWhereTheProcessorHasNoInstructionForIt()
    {
        bool isSlow = X86Base.IsSupported && !BFloat16Blocks.IsInstructionThere;
        IEnumerable<string> remarks = RunWarnings.OnCpu(SmallT5.Config, Precision.BFloat16);

        Assert.Equal(isSlow, remarks.Any(remark => remark.Contains("--fp32", StringComparison.Ordinal)));
    }
}
