using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Kernels.Gpu;
using DistillStudio.Engine.Model;
using TorchSharp;
using static TorchSharp.torch;
using Linear = DistillStudio.Engine.Model.Linear;

namespace DistillStudio.Tests.Engine.Model;

public sealed class LinearGroupTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Linear[] _layers = [new(3, 4, Precision.BFloat16), new(3, 2, Precision.BFloat16)];
    private readonly FlatParameters _flat;
    private readonly Tensor _copies;

    public LinearGroupTests()
    {
        using var generator = new Generator(3);
        using IDisposable noGrad = no_grad();
        foreach (Linear layer in _layers)
        {
            layer.Weight.copy_(randn(layer.Weight.shape, generator: generator));
        }

        _flat = new([.. _layers.Select(layer => layer.Weight)]);
        _copies = _flat.Weights.to(ScalarType.BFloat16);
    }

    [Fact]
    public void Forward_WithCopies_IsOneMatrixAndAddsToTheGradientsOfAllLayers()
    {
        Tensor x = Input();
        IReadOnlyList<Tensor> separate = new LinearGroup(_layers).Forward(x);
        (separate[0].sum() + (2 * separate[1].sum())).backward();
        Tensor expected = _flat.Gradients.clone();
        Assert.True(expected.abs().min().item<float>() > 0);
        _flat.Gradients.zero_();

        LinearGroup group = WithCopies(isCurrent: true);
        Tensor joined = Assert.Single(group.Forward(Input()));
        Tensor[] blocks = [joined.narrow(1, 0, 4), joined.narrow(1, 4, 2)];
        (blocks[0].sum() + (2 * blocks[1].sum())).backward();

        Assert.All(separate.Zip(blocks), pair => Assert.True(allclose(pair.First, pair.Second)));
        Assert.True(allclose(expected, _flat.Gradients, 1e-2, 1e-2));
    }

    [Theory]
    [InlineData(false, true)] // the weights have changed since
    [InlineData(true, false)] // an evaluation may hold weights of its own
    public void Forward_CopiesThatAreNotForThis_IsOneMatrixOfEachLayer(bool isCurrent, bool isTraining)
    {
        using IDisposable grad = isTraining ? enable_grad() : no_grad();

        Assert.Equal([4, 2], WithCopies(isCurrent).Forward(Input()).Select(output => output.shape[1]));
    }

    public void Dispose()
    {
        _flat.Dispose();
        _scope.Dispose();
    }

    private static Tensor Input() => arange(6, ScalarType.Float32).view(2, 3).add(1f).requires_grad_();

    private LinearGroup WithCopies(bool isCurrent)
    {
        var group = new LinearGroup(_layers);
        group.UseCopies(weights =>
        {
            Assert.Equal(_layers.Select(layer => layer.Weight), weights);
            return new(
                _flat.MatrixOf(_copies, 0, 2), _flat.MatrixOf(_flat.Gradients, 0, 2), () => isCurrent,
                () => Assert.Fail("They are not needed."), new TorchOperations());
        });
        return group;
    }
}
