using DistillStudio.Engine.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Engine.Model;

public sealed class ShapesTests
{
    [Theory]
    [InlineData(new long[] { 2, 3 }, new long[] { 4, 5 })]
    [InlineData(new long[] { 3 }, new long[] { 3 })]
    [InlineData(new long[] { 2, 2, 3 }, new long[] { 3, 3, 4 })]
    [InlineData(new long[] { 2, 2, 3 }, new long[] { 3, 4 })]
    public void MatMul_OfShapesThatDoNotFit_ThrowsInsteadOfEndingTheProcess(long[] left, long[] right)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor queries = ones(left);
        Tensor keys = ones(right);

        ArgumentException e = Assert.Throws<ArgumentException>(() => Shapes.MatMul(queries, keys));

        Assert.Contains("queries", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MatMul_OfTwoNumberFormats_Throws()
    {
        using DisposeScope scope = NewDisposeScope();

        Assert.Throws<ArgumentException>(() => Shapes.MatMul(ones(2, 2), ones(2, 2, ScalarType.BFloat16)));
    }

    [Fact]
    public void MatMul_OfBatches_MultipliesEach()
    {
        using DisposeScope scope = NewDisposeScope();

        Tensor product = Shapes.MatMul(ones(2, 3, 4), ones(2, 4, 5));

        Assert.Equal([2, 3, 5], product.shape);
        Assert.True(product.eq(4).all().item<bool>());
    }
}
