using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Optimization;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace DistillStudio.Tests.Engine.Kernels.Gpu;

public sealed class GpuAdamKernelTests : IDisposable
{
    private static readonly AdamFactors Constants = new(0, 0.9f, 0.1f, 0.999f, 0.001f, 0, 0, 1e-8f);

    private readonly GpuScene _scene = new();

    [Theory]
    [InlineData(1)]
    [InlineData(531)]
    public void Step_ThreeTimesWithClipping_AgreesWithLibtorchOperators(int count)
    {
        using var parameter = new Parameter(_scene.Random(count));
        using var flat = new FlatParameters([parameter]);
        using var expected = new AdamW([parameter], flat);
        Tensor weight = flat.Weights.clone();
        (Tensor mean, Tensor square) = (zeros(count), zeros(count));
        Tensor copy = zeros(count, ScalarType.BFloat16);
        for (int step = 1; step <= 3; step++)
        {
            flat.Gradients.copy_(_scene.Random(count));
            float clip = 0.7f / step;
            expected.Step(1e-2, 0.5, tensor(clip));

            (double rate, double root) = (1e-2 / (1 - Math.Pow(0.9, step)), Math.Sqrt(1 - Math.Pow(0.999, step)));
            _scene.Operations.Adam(
                weight, flat.Gradients, mean, square, tensor([(float)rate]), tensor([(float)root]), tensor([0.5f * clip]), Constants, copy);
        }

        GpuScene.AssertClose(flat.Weights, weight, 1e-6);
        GpuScene.AssertClose(expected.State().First(part => part.Name == "mean").Value.view(-1), mean, 1e-6);
        GpuScene.AssertClose(expected.State().First(part => part.Name == "square").Value.view(-1), square, 1e-6);
        GpuScene.AssertEqual(weight.to(ScalarType.BFloat16), copy);
    }

    [Fact]
    public void Step_ExtremeGradients_StayFiniteAndRoundTheCopyAsLibtorch()
    {
        Tensor weight = tensor([1f, -1, 3e38f, 1.00390625f, 0]);
        Tensor before = weight.clone();
        Tensor copy = zeros(5, ScalarType.BFloat16);
        _scene.Operations.Adam(
            weight, tensor([0f, 1e18f, 0, 0, 1e-30f]), zeros(5), zeros(5), tensor([0.1f]), ones(1), ones(1), Constants, copy);

        Assert.True(weight.isfinite().all().item<bool>());
        Assert.Equal(before[0].item<float>(), weight[0].item<float>());
        GpuScene.AssertEqual(weight.to(ScalarType.BFloat16), copy);
    }

    public void Dispose() => _scene.Dispose();
}
