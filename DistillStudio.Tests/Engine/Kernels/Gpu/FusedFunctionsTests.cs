using DistillStudio.Engine.Kernels;
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
                (Tensor normed, Tensor? sum) = NormFunction.Apply(state, x[0], x[1], x[2]);
                return (sum!.pow(3) * normed.sin()).sum();
            });
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(1, false)]
    public void NormFunction_OneOutputUsedAndTheOtherDisposed_HasTheGradientOfThatOne(int used, bool returnsSum)
    {
        (int rows, int width) = (4, 9);
        Tensor[] leaves = [_scene.Random(rows, width), _scene.Random(rows, width), _scene.Random(width)];
        var state = new NormFunction.State(
            _scene.Operations, GpuScene.Source(rows), GpuMask.None, GpuMask.None, 1e-6f, ScalarType.Float32, returnsSum);
        Check(
            leaves,
            x =>
            {
                Tensor sum = x[0] + x[1];
                Tensor normed = x[2] * (sum * (sum.square().mean([-1], keepdim: true) + 1e-6).rsqrt());
                return used == 0 ? sum.pow(3).sum() + (normed.sum() * 0) : normed.pow(3).sum();
            },
            x =>
            {
                (Tensor normed, Tensor? sum) = NormFunction.Apply(state, x[0], x[1], x[2]);
                Tensor loss = (used == 0 ? sum! : normed).pow(3).sum();
                Assert.Equal(returnsSum, sum is not null);
                sum?.Dispose();
                normed.Dispose();
                return loss;
            });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ActivationFunction_WithinAGraph_AgreesWithAutograd(bool isGated)
    {
        Tensor factors = GpuScene.Factors(3, 11, 4);
        var state = new ActivationFunction.State(
            _scene.Operations, GpuScene.Source(3), new(4, GpuScene.Rate), GpuActivation.Silu);
        Check(
            [_scene.Random(3, 11), _scene.Random(3, 11)],
            x => ((isGated ? nn.functional.silu(x[0]) * x[1] : nn.functional.silu(x[0]) + (x[1] * 0)) * factors).pow(2).sum(),
            x => ActivationFunction.Apply(state, x[0], isGated ? x[1] : null).pow(2).sum() + (x[1] * 0).sum());
    }

    [Fact]
    public void CrossEntropyFunction_WithinAGraph_MultipliesByTheIncomingGradient()
    {
        Tensor targets = tensor([3L, 0, 6]);
        Tensor weights = tensor([0.5f, -2, 0.1f]);
        Check(
            [_scene.Random(3, 7)],
            x => (nn.functional.cross_entropy(x[0], targets, reduction: nn.Reduction.None) * weights).sum().pow(2),
            x => (CrossEntropyFunction.Apply(_scene.Operations, x[0], targets) * weights).sum().pow(2));
    }

    [Fact]
    public void EmbeddingFunction_WithinAGraph_AgreesWithAutograd()
    {
        Tensor ids = tensor([3L, 0, 3, 1]);
        var state = new EmbeddingFunction.State(_scene.Operations, ids, GpuScene.Source(4), new(4, GpuScene.Rate));
        Check(
            [_scene.Random(5, 7)],
            x => (x[0].index_select(0, ids) * GpuScene.Factors(4, 7, 4)).pow(2).sum() + x[0].sum(),
            x => EmbeddingFunction.Apply(state, x[0]).pow(2).sum() + x[0].sum());
    }

    [Fact]
    public void AttentionDropoutFunction_WithinAGraph_AgreesWithAutograd()
    {
        Tensor sequences = tensor([9L, 0xFFFFFF]);
        long[] keys = [.. Enumerable.Range(0, 2 * 3 * 4).Select(
            i => (long)RowKeys.OfAttention(i < 12 ? 9u : 0xFFFFFF, i / 4 % 3, i % 4))];
        Tensor factors = GpuScene.Factors(keys, 5, 6, GpuScene.Rate).view(2, 3, 4, 5);
        var state = new AttentionDropoutFunction.State(
            _scene.Operations, sequences, GpuScene.Source(1).Seed, new(6, GpuScene.Rate), ScalarType.Float32);
        Check(
            [_scene.Random(2, 3, 4, 5)],
            x => (x[0].softmax(-1) * factors).pow(2).sum(),
            x => AttentionDropoutFunction.Apply(state, x[0].softmax(-1)).pow(2).sum());
    }

    public void Dispose() => _scene.Dispose();

    private void Check(Tensor[] leaves, Func<Tensor[], Tensor> expected, Func<Tensor[], Tensor> actual)
    {
        Tensor[] Leaves() => [.. leaves.Select(leaf => leaf.clone().requires_grad_())];
        (Tensor[] right, Tensor[] own) = (Leaves(), Leaves());
        Tensor loss = expected(right);
        loss.backward();
        using (DisposeScope scope = NewDisposeScope())
        {
            Tensor same = actual(own);
            GpuScene.AssertClose(loss, same, 1e-4);
            FusedGradients.Backward(same, _scene.Operations);
        }

        Assert.All(right.Zip(own), pair => GpuScene.AssertClose(pair.First.grad!, pair.Second.grad!, 1e-4));
    }
}
