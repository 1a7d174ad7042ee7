using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Runtime.Interop;

namespace DistillStudio.Tests.Engine.Kernels;

public sealed class BFloat16TrialTests
{
    [Fact]
    public void Route_OnThisMachine_WasTriedAndIsExact()
    {
        string line = BFloat16Trial.Describe();

        Assert.StartsWith($"{BFloat16Trial.Route} (", line, StringComparison.Ordinal);
        Assert.Contains("error 0e0", line, StringComparison.Ordinal); // nothing rounds in the trial's products
        Assert.Equal(BFloat16Blocks.AreThere ? 2 : 1, line.Split("ms").Length - 1);
        Assert.True(BFloat16Blocks.AreThere || !BFloat16Trial.IsChosen);
    }

    [Fact]
    public void Suits_OddInputs_IsFalse() => Assert.False(PackedBFloat16Gemm.Suits(383));
}
