using DistillStudio.Engine.Runtime.Interop;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Engine.Runtime.Interop;

public sealed class TensorArithmeticTests
{
    /// <summary>TorchSharp's own operator fails in the first second of this.</summary>
    [Fact]
    public async Task Plus_WhileTheCollectorRuns_AddsOnce()
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(3));
        Task collecting = Task.Run(
            () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    GC.Collect(0);
                    GC.WaitForPendingFinalizers();
                }
            },
            TestContext.Current.CancellationToken);
        using Tensor addends = ones(64);
        while (!stop.IsCancellationRequested)
        {
            using Tensor sum = addends.Plus(addends);
            Assert.Equal(128, sum.data<float>().Sum());
        }

        await collecting;
    }

    [Fact]
    public void Range_OfACount_IsWholeNumbersFromZero()
    {
        using Tensor range = TensorArithmetic.Range(4, CPU);

        Assert.Equal([0L, 1, 2, 3], range.data<long>());
    }
}
