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
            _scene.Operations, 11, GpuScene.Source(3), new(4, GpuScene.Rate), GpuActivation.Silu);
        Check(
            [_scene.Random(3, 11), _scene.Random(3, 11)],
            x => ((isGated ? nn.functional.silu(x[0]) * x[1] : nn.functional.silu(x[0]) + (x[1] * 0)) * factors).pow(2).sum(),
            x => ActivationFunction.Apply(state, isGated ? [x[0], x[1]] : [x[0]]).pow(2).sum() + (x[1] * 0).sum());
    }

    [Fact]
    public void ActivationFunction_OfOneMatrix_EqualsThatOfTwo()
    {
        var state = new ActivationFunction.State(
            _scene.Operations, 11, GpuScene.Source(3), new(4, GpuScene.Rate), GpuActivation.GeluTanh);
        Check(
            [_scene.Random(3, 11), _scene.Random(3, 11)],
            x => ActivationFunction.Apply(state, x).pow(2).sum(),
            x => ActivationFunction.Apply(state, [cat([x[0], x[1]], 1)]).pow(2).sum());
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

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void AttentionFunction_InPartsOfOneMatrix_AgreesWithLibtorchOnThreeAsAWhole(bool isOwn, bool hasTable)
    {
        const int Heads = 2;
        const int Width = Heads * 3;
        long[] lengths = [2, 3, 1];
        Tensor buckets = tensor([2L, 0, 1]);
        SequenceRows RowsOf(params long[] all) => new(
            tensor(all.SelectMany((length, row) => Enumerable.Repeat((long)row, (int)length)).ToArray()),
            tensor((long[])[0, .. all.Select((_, i) => all.Take(i + 1).Sum())]), (int)all.Max());
        AttentionPart Part(int first, int count)
        {
            SequenceRows rows = RowsOf(lengths[first..(first + count)]);
            (long start, long tokens) = (lengths[..first].Sum(), lengths[first..(first + count)].Sum());
            var source = new MaskSource(tensor([5L, 9, 11]).narrow(0, first, count), GpuScene.Source(1).Seed);
            return new(start, tokens, start, tokens, new(rows, rows, hasTable ? buckets : null, Heads, true), source);
        }

        AttentionFunction.State State(IFusedOperations by, params AttentionPart[] parts) =>
            new(by, parts, Width, new(6, GpuScene.Rate));
        var operations = new FusedOperations(_scene.Operations, new TorchOperations(), _ => { });
        if (!isOwn)
        {
            operations.LeaveOut(FusedOperation.Attention, null);
        }

        Check(
            [_scene.Random(7, Width), _scene.Random(7, Width), _scene.Random(7, Width), _scene.Random(3, Heads)],
            x => AttentionFunction.Apply(State(new TorchOperations(), Part(0, 3)), x[..3], hasTable ? x[3] : null).pow(2).sum()
                + (x[3].sum() * 0),
            x => AttentionFunction.Apply(
                State(operations, Part(0, 2), Part(2, 1)), [cat([x[0], x[1], x[2]], 1)], hasTable ? x[3] : null).pow(2).sum()
                + (x[3].sum() * 0));
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
