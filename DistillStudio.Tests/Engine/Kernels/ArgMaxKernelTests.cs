using DistillStudio.Engine.Kernels;

namespace DistillStudio.Tests.Engine.Kernels;

public sealed unsafe class ArgMaxKernelTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(50)]
    public void IndexOf_HighestAtAnyPlace_IsThatPlace(int count)
    {
        for (int place = 0; place < count; place++)
        {
            float[] numbers = [.. KernelNumbers.Random(count).Select(x => x - 10)]; // all below zero
            numbers[place] = -5;
            Assert.Equal(place, IndexOf(numbers));
        }
    }

    [Fact]
    public void IndexOf_Equals_IsTheFirst()
    {
        float[] numbers = new float[40];
        (numbers[7], numbers[23], numbers[39]) = (1, 1, 1);
        Assert.Equal(7, IndexOf(numbers));
    }

    [Fact]
    public void IndexOf_NothingButNegativeInfinity_IsAnIndex() =>
        Assert.Equal(0, IndexOf([.. Enumerable.Repeat(float.NegativeInfinity, 20)]));

    private static int IndexOf(float[] numbers)
    {
        fixed (float* data = numbers)
        {
            return ArgMaxKernel.IndexOf(data, numbers.Length);
        }
    }
}
