using System.Runtime.Intrinsics;
using DistillStudio.Engine.Kernels;

namespace DistillStudio.Tests.Engine.Kernels;

public sealed unsafe class ActivationKernelTests
{
    private const int Rows = 8;
    private const int Width = 21;

    private static readonly DropoutMask Mask = new(seed: 5, site: 2, rate: 0.25);
    private static readonly ulong[] Keys = [.. Enumerable.Range(0, Rows).Select(row => RowKeys.OfToken(1, row))];

    [Fact]
    public void Relu_OfNaN_IsNaN() => Assert.Equal(float.NaN, ReluActivation.Value(Vector512.Create(float.NaN))[5]);

    [Fact]
    public void Values_OfEachActivation_AreThoseOfItsFormula()
    {
        for (double x = -9; x < 9; x += 0.37)
        {
            Vector512<float> number = Vector512.Create((float)x);
            Assert.Equal(Math.Max(x, 0), ReluActivation.Value(number)[0], 1e-6);
            Assert.Equal(x / (1 + Math.Exp(-x)), SiluActivation.Value(number)[0], 1e-5);
            double tanh = Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x)));
            Assert.Equal(0.5 * x * (1 + tanh), GeluTanhActivation.Value(number)[0], 1e-5);
        }
    }

    [Fact]
    public void Slopes_OfEachActivation_AreThoseOfItsValues()
    {
        AssertSlope<ReluActivation>();
        AssertSlope<SiluActivation>();
        AssertSlope<GeluTanhActivation>();
    }

    [Theory]
    [InlineData(1e2f)]
    [InlineData(1e4f)]
    [InlineData(1e12f)]
    [InlineData(1e13f)] // its third power is infinite
    [InlineData(1e20f)] // its square is
    [InlineData(float.MaxValue)]
    [InlineData(float.PositiveInfinity)]
    public void ValuesAndSlopes_FarFromZero_AreTheirLimits(float x)
    {
        AssertLimits<ReluActivation>(x);
        AssertLimits<SiluActivation>(x);
        AssertLimits<GeluTanhActivation>(x);
    }

    [Fact]
    public void ValuesAndSlopes_OfNaN_AreNaN()
    {
        Vector512<float> x = Vector512.Create(float.NaN);
        Assert.All(
            [SiluActivation.Value(x), SiluActivation.Slope(x), GeluTanhActivation.Value(x), GeluTanhActivation.Slope(x)],
            value => Assert.Equal(float.NaN, value[3]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Forward_WithDropout_IsTheMaskedActivationTimesTheGate(bool isGated)
    {
        float[] a = KernelNumbers.Random(Rows * Width, 1), b = KernelNumbers.Random(Rows * Width, 2), h = new float[Rows * Width];
        fixed (float* aData = a, bData = b, hData = h)
        fixed (ulong* keys = Keys)
        {
            ActivationKernel<Float32Format, SiluActivation>.Forward(Rows, Width, keys, Mask, aData, isGated ? bData : null, hData);
        }

        KernelNumbers.AssertClose([.. a.Select((x, i) => Factor(i) * Silu(x) * (isGated ? b[i] : 1))], h);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ForwardFew_OfAnyRows_IsTheActivationTimesTheGate(bool isGated)
    {
        int stride = (isGated ? 2 : 1) * Width;
        float[] a = KernelNumbers.Random(3 * stride), h = new float[3 * Width];
        fixed (float* aData = a, hData = h)
        {
            ActivationKernel<Float32Format, SiluActivation>.ForwardFew(3, Width, aData, isGated, hData);
        }

        double[] expected = [.. Enumerable.Range(0, 3 * Width).Select(i =>
        {
            int from = (i / Width * stride) + (i % Width);
            return Silu(a[from]) * (isGated ? a[from + Width] : 1);
        })];
        KernelNumbers.AssertClose(expected, h);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Backward_WithDropout_IsTheDerivativeOfTheForwardPass(bool isGated)
    {
        float[] a = KernelNumbers.Random(Rows * Width, 1), b = KernelNumbers.Random(Rows * Width, 2);
        float[] dh = KernelNumbers.Random(Rows * Width, 3), da = [.. dh], db = new float[Rows * Width];
        fixed (float* aData = a, bData = b, daData = da, dbData = db)
        fixed (ulong* keys = Keys)
        {
            ActivationKernel<Float32Format, SiluActivation>.Backward(
                Rows, Width, keys, Mask, aData, isGated ? bData : null, daData, isGated ? dbData : null);
        }

        const double Small = 1e-5;
        double Slope(double x) => (Silu(x + Small) - Silu(x - Small)) / (2 * Small);
        KernelNumbers.AssertClose([.. a.Select((x, i) => Factor(i) * dh[i] * Slope(x) * (isGated ? b[i] : 1))], da);
        KernelNumbers.AssertClose([.. a.Select((x, i) => isGated ? Factor(i) * dh[i] * Silu(x) : 0)], db);
    }

    [Fact]
    public void BackwardFromResult_OfReluWithDropout_IsWhatItsInputGives()
    {
        float[] a = KernelNumbers.Random(Rows * Width, 1), h = new float[Rows * Width];
        float[] fromInput = KernelNumbers.Random(Rows * Width, 3), fromResult = [.. fromInput];
        fixed (float* aData = a, hData = h, inputData = fromInput, resultData = fromResult)
        fixed (ulong* keys = Keys)
        {
            ActivationKernel<Float32Format, ReluActivation>.Forward(Rows, Width, keys, Mask, aData, null, hData);
            ActivationKernel<Float32Format, ReluActivation>.Backward(Rows, Width, keys, Mask, aData, null, inputData, null);
            ActivationKernel<Float32Format, ReluActivation>.BackwardFromResult(Rows, Width, Mask.Scale, hData, resultData);
        }

        Assert.Equal(fromInput, fromResult);
        Assert.Contains(fromResult, gradient => gradient != 0);
    }

    private static void AssertLimits<TActivation>(float x)
        where TActivation : struct, IActivation
    {
        Assert.Equal(x, TActivation.Value(Vector512.Create(x))[0]);
        Assert.Equal(1, TActivation.Slope(Vector512.Create(x))[0]);
        Assert.Equal(0, TActivation.Value(Vector512.Create(-x))[0], 1e-30f);
        Assert.Equal(0, TActivation.Slope(Vector512.Create(-x))[0], 1e-28f);
    }

    private static void AssertSlope<TActivation>()
        where TActivation : struct, IActivation
    {
        const float Small = 1f / 256;
        for (float x = -4.1f; x < 4; x += 0.31f)
        {
            float above = TActivation.Value(Vector512.Create(x + Small))[0], below = TActivation.Value(Vector512.Create(x - Small))[0];
            Assert.Equal((above - below) / (2 * Small), TActivation.Slope(Vector512.Create(x))[0], 1e-3);
        }
    }

    private static double Silu(double x) => x / (1 + Math.Exp(-x));

    private static float Factor(int i) => Mask.Row(Keys[i / Width]).Factors(i % Width / Lanes.Count * Lanes.Count)[i % Width % Lanes.Count];
}
