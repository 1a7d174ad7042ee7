using DistillStudio.Engine.Kernels;

namespace DistillStudio.Tests.Engine.Kernels;

public sealed unsafe class SoftmaxRowTests
{
    private const int Width = 48;

    private static readonly RowMask Mask = new DropoutMask(seed: 5, site: 2, rate: 0.25).Row(3);

    [Theory]
    [InlineData(1, false)]
    [InlineData(16, true)]
    [InlineData(37, true)]
    public void Forward_KeysPastThoseSeen_AreZeroAndTheOthersTheMaskedSoftmax(int seen, bool isBiased)
    {
        float[] scores = [.. KernelNumbers.Random(Width, 1).Select(x => 20 * x)], bias = KernelNumbers.Random(Width, 2), row = [.. scores];
        float logSum;
        fixed (float* rowData = row, biasData = bias)
        {
            logSum = SoftmaxRow.Forward(rowData, isBiased ? biasData : null, seen, Width, Mask);
        }

        double[] weights = Weights(scores, isBiased ? bias : null, seen, out double expected);
        Assert.Equal(expected, logSum, 1e-4);
        KernelNumbers.AssertClose([.. weights.Select((weight, key) => weight * Factor(key))], row);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(37)]
    public void Backward_OfTheWeights_IsTheDerivativeOfTheSoftmax(int seen)
    {
        float[] scores = KernelNumbers.Random(Width, 1), bias = KernelNumbers.Random(Width, 2), gradient = KernelNumbers.Random(Width, 3);
        double[] weights = Weights(scores, bias, seen, out double logSum);
        double[] masked = [.. gradient.Select((g, key) => (double)g * Factor(key))];
        double mean = weights.Zip(masked, (weight, g) => weight * g).Sum();
        fixed (float* row = scores, biasData = bias, gradientData = gradient)
        {
            SoftmaxRow.Backward(row, gradientData, biasData, (float)logSum, seen, Width, Mask);
        }

        KernelNumbers.AssertClose([.. weights.Select((weight, key) => weight * Factor(key))], scores);
        KernelNumbers.AssertClose([.. weights.Select((weight, key) => weight * (masked[key] - mean))], gradient);
    }

    private static double[] Weights(float[] scores, float[]? bias, int seen, out double logSum)
    {
        double[] sums = [.. scores.Take(seen).Select((score, key) => (double)score + (bias?[key] ?? 0))];
        double log = Math.Log(sums.Sum(Math.Exp));
        logSum = log;
        return [.. Enumerable.Range(0, Width).Select(key => key < seen ? Math.Exp(sums[key] - log) : 0)];
    }

    private static float Factor(int key) => Mask.Factors(key / Lanes.Count * Lanes.Count)[key % Lanes.Count];
}
