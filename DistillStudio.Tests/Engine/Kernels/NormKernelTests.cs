using DistillStudio.Engine.Kernels;

namespace DistillStudio.Tests.Engine.Kernels;

public sealed unsafe class NormKernelTests
{
    private const int Rows = 35; // two parts
    private const int Width = 21;
    private const int Count = Rows * Width;
    private const float Epsilon = 1e-3f;
    private const float Scale = 0.5f;

    private static readonly DropoutMask AddedMask = new(seed: 5, site: 1, rate: 0.25);
    private static readonly DropoutMask NormedMask = new(seed: 5, site: 2, rate: 0.25);
    private static readonly ulong[] Keys = [.. Enumerable.Range(0, Rows).Select(row => RowKeys.OfToken(1, row))];

    private readonly float[] _x = KernelNumbers.Random(Count, 1);
    private readonly float[] _weight = KernelNumbers.Random(Width, 2);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Forward_WithOrWithoutAnAddend_IsTheMaskedNormOfTheSum(bool isAdded)
    {
        float[] added = KernelNumbers.Random(Count, 3), sum = new float[Count], inverse = new float[Rows], normed = new float[Count];
        fixed (float* x = _x, weight = _weight, addedData = added, sumData = sum, inverseData = inverse, normedData = normed)
        fixed (ulong* keys = Keys)
        {
            NormKernel<Float32Format>.Forward(
                new(Rows, Width, (nint)keys), x, isAdded ? addedData : null, AddedMask, sumData, weight, Epsilon, inverseData, normedData,
                NormedMask, Scale);
        }

        double[] residual = [.. _x.Select((value, i) => value + (isAdded ? Factor(AddedMask, i) * (double)added[i] : 0))];
        KernelNumbers.AssertClose(isAdded ? residual : new double[Count], sum);
        KernelNumbers.AssertClose([.. Enumerable.Range(0, Rows).Select(row => Inverse(residual, row))], inverse, 1e-4);
        KernelNumbers.AssertClose([.. Enumerable.Range(0, Count).Select(i => Normed(residual, i))], normed);
    }

    [Fact]
    public void Backward_OfTheNorm_IsItsDerivativeAddedToTheGradientOfTheStream()
    {
        float[] gradient = KernelNumbers.Random(Count, 4), stream = KernelNumbers.Random(Count, 5), total = [.. stream];
        float[] added = new float[Count], weightParts = new float[2 * Width];
        double[] x = [.. _x.Select(value => (double)value)];
        float[] inverse = [.. Enumerable.Range(0, Rows).Select(row => (float)Inverse(x, row))];
        fixed (float* sum = _x, weight = _weight, inverseData = inverse, gradientData = gradient)
        fixed (float* totalData = total, addedData = added, parts = weightParts)
        fixed (ulong* keys = Keys)
        {
            NormKernel<Float32Format>.Backward(
                new(Rows, Width, (nint)keys), sum, weight, inverseData, gradientData, NormedMask, Scale, totalData, addedData,
                AddedMask, parts);
        }

        double[] expected = [.. stream.Select((before, i) => before + Slope(x, gradient, i))];
        KernelNumbers.AssertClose(expected, total, 1e-4);
        KernelNumbers.AssertClose([.. expected.Select((value, i) => value * Factor(AddedMask, i))], added, 1e-4);
        double[] ofWeights =
        [
            .. Enumerable.Range(0, Width).Select(column =>
                Enumerable.Range(0, Rows).Select(row => (row * Width) + column).Sum(i => gradient[i] * Normed(x, i) / _weight[column])),
        ];
        KernelNumbers.AssertClose(ofWeights, [.. weightParts[..Width].Zip(weightParts[Width..], (one, other) => one + other)], 1e-4);
    }

    /// <summary>The derivative of Σ gradient · normed by an element of x.</summary>
    private double Slope(double[] x, float[] gradient, int i)
    {
        const double Small = 1e-5;
        double kept = x[i];
        int start = i / Width * Width;
        double Sum() => Enumerable.Range(start, Width).Sum(j => gradient[j] * Normed(x, j));
        x[i] = kept + Small;
        double above = Sum();
        x[i] = kept - Small;
        double below = Sum();
        x[i] = kept;
        return (above - below) / (2 * Small);
    }

    private double Normed(double[] x, int i) => Factor(NormedMask, i) * Scale * _weight[i % Width] * x[i] * Inverse(x, i / Width);

    private static double Inverse(double[] x, int row) =>
        1 / Math.Sqrt((x.Skip(row * Width).Take(Width).Sum(value => value * value) / Width) + Epsilon);

    private static float Factor(DropoutMask mask, int i) =>
        mask.Row(Keys[i / Width]).Factors(i % Width / Lanes.Count * Lanes.Count)[i % Width % Lanes.Count];
}
