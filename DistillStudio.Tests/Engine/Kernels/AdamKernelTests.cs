using DistillStudio.Engine.Kernels;

namespace DistillStudio.Tests.Engine.Kernels;

public sealed unsafe class AdamKernelTests
{
    private static readonly AdamFactors Factors = new(0.5f, 0.9f, 0.1f, 0.999f, 0.001f, 0.01f, 0.3f, 1e-8f);

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(37)]
    public void Step_AnyCount_IsTheFormulaForEachElement(int count)
    {
        float[] weight = KernelNumbers.Random(count, 1), gradient = KernelNumbers.Random(count, 2);
        float[] mean = KernelNumbers.Random(count, 3), square = [.. KernelNumbers.Random(count, 4).Select(Math.Abs)];
        double[] m = [.. mean.Select((value, i) => (Factors.Beta1 * value) + (Factors.Rest1 * 0.5 * gradient[i]))];
        double[] v = [.. square.Select((value, i) => (Factors.Beta2 * value) + (Factors.Rest2 * 0.25 * gradient[i] * gradient[i]))];
        double[] w = [.. weight.Select((value, i) => value - (Factors.Rate * m[i] / ((Math.Sqrt(v[i]) / Factors.Root) + Factors.Epsilon)))];

        fixed (float* weightData = weight, gradientData = gradient, meanData = mean, squareData = square)
        {
            AdamKernel.Step(weightData, gradientData, meanData, squareData, count, Factors);
        }

        KernelNumbers.AssertClose(m, mean, 1e-6);
        KernelNumbers.AssertClose(v, square, 1e-6);
        KernelNumbers.AssertClose(w, weight, 1e-6);
    }

    [Fact]
    public void Step_CountThatEndsWithinAVector_LeavesTheFollowingElements()
    {
        float[] weight = KernelNumbers.Random(40, 1), gradient = KernelNumbers.Random(40, 2), mean = new float[40], square = new float[40];
        float[] following = weight[21..];
        fixed (float* weightData = weight, gradientData = gradient, meanData = mean, squareData = square)
        {
            AdamKernel.Step(weightData, gradientData, meanData, squareData, 21, Factors);
        }

        Assert.Equal(following, weight[21..]);
        Assert.All(mean[21..].Concat(square[21..]), moment => Assert.Equal(0, moment));
        Assert.All(mean[..21], moment => Assert.NotEqual(0, moment));
    }
}
