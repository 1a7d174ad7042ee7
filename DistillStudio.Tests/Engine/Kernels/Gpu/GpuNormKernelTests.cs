using DistillStudio.Engine.Kernels.Gpu;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Engine.Kernels.Gpu;

public sealed class GpuNormKernelTests : IDisposable
{
    private const float Epsilon = 1e-6f;
    private static readonly GpuMask AddedMask = new(3, GpuScene.Rate);
    private static readonly GpuMask NormedMask = new(7, GpuScene.Rate);

    private readonly GpuScene _scene = new();

    [Theory]
    [InlineData(1, 1, ScalarType.Float32)]
    [InlineData(1, 13, ScalarType.Float32)]
    [InlineData(9, 37, ScalarType.Float32)]
    [InlineData(17, 16, ScalarType.BFloat16)]
    public void ForwardAndBackward_WithDropout_AgreeWithAutograd(int rows, int width, ScalarType type)
    {
        Tensor x = _scene.Random(rows, width).requires_grad_();
        Tensor added = _scene.Random(type, 1, rows, width).requires_grad_();
        Tensor weight = _scene.Random(width).requires_grad_();
        (Tensor sumGradient, Tensor normedGradient) = (_scene.Random(rows, width), _scene.Random(type, 1, rows, width));
        Tensor expectedSum = x + (added.to(ScalarType.Float32) * GpuScene.Factors(rows, width, 3));
        Tensor expected = Normed(expectedSum, weight) * GpuScene.Factors(rows, width, 7);
        ((expectedSum * sumGradient).sum() + (expected * normedGradient.to(ScalarType.Float32)).sum()).backward();

        MaskSource source = GpuScene.Source(rows);
        (Tensor sum, Tensor inverse, Tensor normed) =
            _scene.Operations.Norm(x.detach(), added.detach(), weight.detach(), source, AddedMask, NormedMask, Epsilon, type);
        (Tensor gradient, Tensor? addedGradient, Tensor weightGradient) = _scene.Operations.NormBackward(
            sum, weight.detach(), inverse, normedGradient, sumGradient, source, AddedMask, NormedMask, type);

        GpuScene.AssertClose(expectedSum, sum);
        GpuScene.AssertClose(expected, normed);
        GpuScene.AssertClose(x.grad!, gradient);
        GpuScene.AssertClose(added.grad!, addedGradient!);
        GpuScene.AssertClose(weight.grad!, weightGradient, 1e-4);
        Assert.Equal(type, normed.dtype);
        Assert.Equal(type, addedGradient!.dtype);
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void ForwardAndBackward_NothingAdded_IsThePlainNorm(ScalarType type)
    {
        Tensor x = _scene.Random(5, 11).requires_grad_();
        Tensor weight = _scene.Random(11).requires_grad_();
        Tensor normedGradient = _scene.Random(type, 1, 5, 11);
        Tensor expected = Normed(x, weight);
        (expected * normedGradient.to(ScalarType.Float32)).sum().backward();

        MaskSource source = GpuScene.Source(5);
        (Tensor _, Tensor inverse, Tensor normed) =
            _scene.Operations.Norm(x.detach(), null, weight.detach(), source, GpuMask.None, GpuMask.None, Epsilon, type);
        (Tensor gradient, Tensor? none, Tensor weightGradient) = _scene.Operations.NormBackward(
            x.detach(), weight.detach(), inverse, normedGradient, zeros(5, 11), source, GpuMask.None, GpuMask.None, null);

        Assert.Null(none);
        GpuScene.AssertClose(expected, normed);
        GpuScene.AssertClose(x.grad!, gradient);
        GpuScene.AssertClose(weight.grad!, weightGradient, 1e-4);
    }

    [Fact]
    public void Forward_ExtremeRows_AreWhatLibtorchComputes()
    {
        Tensor x = stack([zeros(6), full(6, 1e-30f), full(6, 3e18f), full(6, float.NaN), full(6, float.PositiveInfinity)]);
        (Tensor _, Tensor _, Tensor normed) = _scene.Operations.Norm(
            x, null, ones(6), GpuScene.Source(5), GpuMask.None, GpuMask.None, Epsilon, ScalarType.Float32);

        GpuScene.AssertClose(Normed(x, ones(6)), normed);
    }

    [Fact]
    public void Backward_Repeated_IsTheSameToTheLastBit()
    {
        Tensor[] operands = [.. Enumerable.Range(0, 3).Select(_ => _scene.Random(33, 9))];
        Tensor[] Run()
        {
            (Tensor x, Tensor? _, Tensor weight) = _scene.Operations.NormBackward(
                operands[0], ones(9), ones(33), operands[1], operands[2], GpuScene.Source(33), AddedMask, NormedMask, ScalarType.Float32);
            return [x, weight];
        }

        Tensor[] first = Run();
        Assert.All(first.Zip(Run()), pair => GpuScene.AssertEqual(pair.First, pair.Second));
    }

    [Fact]
    public void SumColumns_ManyRows_AddsThemUp()
    {
        Tensor x = _scene.Random(301, 3);

        GpuScene.AssertClose(x.sum([0L]), _scene.Operations.SumColumns(x), 1e-4);
    }

    public void Dispose() => _scene.Dispose();

    private static Tensor Normed(Tensor x, Tensor weight) => weight * (x * (x.square().mean([-1], keepdim: true) + Epsilon).rsqrt());
}
