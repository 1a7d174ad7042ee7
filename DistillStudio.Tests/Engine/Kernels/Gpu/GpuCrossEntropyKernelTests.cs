using static TorchSharp.torch;

namespace DistillStudio.Tests.Engine.Kernels.Gpu;

public sealed class GpuCrossEntropyKernelTests : IDisposable
{
    private readonly GpuScene _scene = new();

    [Theory]
    [InlineData(1, 1, ScalarType.Float32)]
    [InlineData(1, 2, ScalarType.Float32)]
    [InlineData(5, 103, ScalarType.Float32)]
    [InlineData(4, 50, ScalarType.BFloat16)]
    public void ForwardAndBackward_RandomLogits_AgreeWithAutograd(int rows, int vocabulary, ScalarType type)
    {
        Tensor logits = _scene.Random(type, 5, rows, vocabulary).requires_grad_();
        Tensor targets = (arange(rows, ScalarType.Int64) * 7).remainder(vocabulary);
        Tensor weights = _scene.Random(rows);
        Check(logits, targets, weights);
    }

    [Fact]
    public void ForwardAndBackward_LogitsBeyondTheRangeOfExp_AgreeWithAutograd()
    {
        Tensor logits = stack(
        [
            tensor([1e4f, -1e4f, 0, 1e4f]), full(4, -1e30f), tensor([float.NegativeInfinity, 1, 2, 3]), full(4, 1e30f),
            tensor([float.MinValue, 0, 0, 0]),
        ]).requires_grad_();
        Check(logits, tensor([1L, 2, 1, 0, 0]), tensor([1f, 2, 0.5f, 1, 0]));
    }

    [Fact]
    public void ForwardAndBackward_NoNumber_IsNaN()
    {
        Tensor logits = tensor([float.NaN, 1, 2]).view(1, 3);
        (Tensor losses, Tensor highest, Tensor inverse) = _scene.Operations.CrossEntropy(logits, tensor([1L]));

        Assert.True(float.IsNaN(losses.item<float>()));
        Assert.All(
            _scene.Operations.CrossEntropyBackward(logits, tensor([1L]), ones(1), highest, inverse).data<float>(),
            value => Assert.True(float.IsNaN(value)));
    }

    [Fact]
    public void ForwardAndBackward_RowsWithoutTarget_CountForNothing()
    {
        Tensor logits = _scene.Random(2, 9);
        Tensor targets = tensor([-1L, -100L]);
        (Tensor losses, Tensor highest, Tensor inverse) = _scene.Operations.CrossEntropy(logits, targets);

        Assert.Equal([0f, 0f], losses.data<float>());
        GpuScene.AssertEqual(
            zeros(2, 9), _scene.Operations.CrossEntropyBackward(logits, targets, ones(2), highest, inverse));
    }

    public void Dispose() => _scene.Dispose();

    private void Check(Tensor logits, Tensor targets, Tensor weights)
    {
        Tensor expected = nn.functional.cross_entropy(logits.to(ScalarType.Float32), targets, reduction: nn.Reduction.None);
        (expected * weights).sum().backward();

        (Tensor losses, Tensor highest, Tensor inverse) = _scene.Operations.CrossEntropy(logits.detach(), targets);
        Tensor gradient = _scene.Operations.CrossEntropyBackward(logits.detach(), targets, weights, highest, inverse);

        GpuScene.AssertClose(expected, losses);
        GpuScene.AssertClose(logits.grad!, gradient);
    }
}
