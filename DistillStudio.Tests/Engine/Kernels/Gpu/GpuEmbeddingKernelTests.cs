using DistillStudio.Engine.Kernels.Gpu;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Engine.Kernels.Gpu;

public sealed class GpuEmbeddingKernelTests : IDisposable
{
    private static readonly GpuMask Mask = new(9, GpuScene.Rate);

    private readonly GpuScene _scene = new();

    [Theory]
    [InlineData(new long[] { 4 })]
    [InlineData(new long[] { 0, 4, 0, 0, 2, 4, 2 })]
    [InlineData(new long[] { 3, 3, 3, 3 })]
    [InlineData(new long[] { 3, 3, 1, 3, 3, 3, 3, 3, 3, 3, 3 })] // in one pass four, in others fewer
    [InlineData(new long[] { 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0 })] // apart by more than a group has threads
    public void ForwardAndBackward_WithDropout_AgreeWithAutograd(long[] ids)
    {
        Tensor table = _scene.Random(5, 13).requires_grad_();
        Tensor gradient = _scene.Random(ids.Length, 13);
        Tensor expected = table.index_select(0, tensor(ids)) * GpuScene.Factors(ids.Length, 13, 9);
        (expected * gradient).sum().backward();

        MaskSource source = GpuScene.Source(ids.Length);
        Tensor actual = _scene.Operations.Embed(table.detach(), tensor(ids), source, Mask);
        Tensor tableGradient = _scene.Operations.EmbedBackward(gradient, [5, 13], tensor(ids), source, Mask);

        GpuScene.AssertClose(expected, actual);
        GpuScene.AssertClose(table.grad!, tableGradient);
    }

    [Fact]
    public void Forward_ManyColumns_HasTheMasksOfTheCpu()
    {
        Tensor actual = _scene.Operations.Embed(ones(1, 400), zeros(6, ScalarType.Int64), GpuScene.Source(6), Mask);

        GpuScene.AssertEqual(GpuScene.Factors(6, 400, 9), actual);
        Assert.InRange(actual.eq(0).to(ScalarType.Float32).mean().item<float>(), 0.27, 0.33);
    }

    public void Dispose() => _scene.Dispose();
}
