using DistillStudio.Engine.Kernels;

namespace DistillStudio.Tests.Engine.Kernels;

public sealed unsafe class SquareSumKernelTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(2048)]
    [InlineData(8191)]
    [InlineData(8192)]
    [InlineData(8193)]
    [InlineData(1_000_003)]
    public void Run_AnyCount_IsTheSumOfSquares(int count)
    {
        float[] numbers = [.. KernelNumbers.Random(count).Select(x => x + 1)];
        double sum;
        fixed (float* data = numbers)
        {
            sum = SquareSumKernel.Run(data, count);
        }

        double expected = numbers.Sum(x => (double)x * x);
        Assert.Equal(expected, sum, 1e-6 * expected);
    }
}
