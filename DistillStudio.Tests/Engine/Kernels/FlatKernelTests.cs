using DistillStudio.Engine.Kernels;

namespace DistillStudio.Tests.Engine.Kernels;

public sealed unsafe class FlatKernelTests
{
    [Theory]
    [InlineData(5)]
    [InlineData(200_003)] // several parts
    public void NarrowAndWiden_AnyCount_RoundsEachAndAccumulatesIfRequested(int count)
    {
        float[] numbers = KernelNumbers.Random(count), back = new float[count], sum = [.. numbers];
        ushort[] halves = new ushort[count];
        fixed (float* numberData = numbers, backData = back, sumData = sum)
        fixed (ushort* halfData = halves)
        {
            FlatKernel.Narrow(numberData, halfData, count);
            FlatKernel.Widen(halfData, backData, count, accumulate: false);
            FlatKernel.Widen(halfData, sumData, count, accumulate: true);
            for (int i = 0; i < count; i++)
            {
                ushort half = 0;
                BFloat16Format.StoreOne(&half, 0, numbers[i]);
                Assert.Equal(half, halves[i]);
                Assert.Equal(BFloat16Format.LoadOne(halfData, i), back[i]);
                Assert.Equal(numbers[i] + back[i], sum[i]);
            }
        }
    }

    [Theory]
    [InlineData(5)]
    [InlineData(200_003)]
    public void Clear_AnyCount_LeavesTheFollowingElements(int count)
    {
        float[] numbers = [.. Enumerable.Repeat(1f, count + 1)];
        fixed (float* data = numbers)
        {
            FlatKernel.Clear(data, count);
        }

        Assert.All(numbers[..count], number => Assert.Equal(0, number));
        Assert.Equal(1, numbers[^1]);
    }
}
