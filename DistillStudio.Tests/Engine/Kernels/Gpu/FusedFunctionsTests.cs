using DistillStudio.Engine.Kernels.Gpu;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Engine.Kernels.Gpu;

public sealed class FusedFunctionsTests : IDisposable
{
    private readonly GpuScene _scene = new();

    [Fact]
    public void NormFunction_WithinAGraph_AgreesWithAutograd()
    {
        (int rows, int width) = (4, 9);
        Tensor[] leaves = [_scene.Random(rows, width), _scene.Random(rows, width), _scene.Random(width)];
        var state = new NormFunction.State(
            _scene.Operations, GpuScene.Source(rows), new(3, GpuScene.Rate), new(7, GpuScene.Rate), 1e-6f, ScalarType.Float32);
        Check(
            leaves,
            x =>
            {
                Tensor sum = x[0] + (x[1] * GpuScene.Factors(rows, width, 3));
                Tensor normed = x[2] * (sum * (sum.square().mean([-1], keepdim: true) + 1e-6).rsqrt()) * GpuScene.Factors(rows, width, 7);
                return (sum.pow(3) * normed.sin()).sum();
            },
            x =>
            {
                (Tensor sum, Tensor normed) = NormFunction.Apply(state, x[0], x[1], x[2]);
                return (sum.pow(3) * normed.sin()).sum();
            });
    }

    public void Dispose() => _scene.Dispose();

    private static void Check(Tensor[] leaves, Func<Tensor[], Tensor> expected, Func<Tensor[], Tensor> actual)
    {
        Tensor[] Leaves() => [.. leaves.Select(leaf => leaf.clone().requires_grad_())];
        (Tensor[] right, Tensor[] own) = (Leaves(), Leaves());
        Tensor loss = expected(right);
        loss.backward();
        using (DisposeScope scope = NewDisposeScope())
        {
            Tensor same = actual(own);
            GpuScene.AssertClose(loss, same, 1e-4);
            same.backward();
        }

        FusedGradients.ThrowIfFailed();
        Assert.All(right.Zip(own), pair => GpuScene.AssertClose(pair.First.grad!, pair.Second.grad!, 1e-4));
    }
}
