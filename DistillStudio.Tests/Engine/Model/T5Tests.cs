using DistillStudio.Engine.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Engine.Model;

public sealed class T5Tests
{
    internal static readonly T5Config Small = new()
    {
        VocabSize = 50,
        DModel = 16,
        DKv = 6,
        DFf = 24,
        NumLayers = 2,
        NumDecoderLayers = 3,
        NumHeads = 2,
        DropoutRate = 0,
    };

    [Theory]
    [InlineData("relu", true)]
    [InlineData("relu", false)]
    [InlineData("gated-gelu", true)]
    [InlineData("gated-silu", false)]
    public void ParameterCount_OfConfig_IsThatOfTheModel(string feedForward, bool tied)
    {
        T5Config config = Small with { FeedForwardProj = feedForward, TieWordEmbeddings = tied };
        using var model = new T5(config);

        Assert.Equal(config.ParameterCount, model.ParameterCount);
        Assert.Equal(config.ParameterCount, model.parameters().Sum(p => p.numel()));
    }

    [Fact]
    public void ParameterNames_OfTiedModel_AreTheCheckpoints()
    {
        using var model = new T5(Small);
        string[] names = [.. model.named_parameters().Select(p => p.name)];

        Assert.Contains("shared.weight", names);
        Assert.Contains("encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight", names);
        Assert.Contains("decoder.block.2.layer.1.EncDecAttention.o.weight", names);
        Assert.Contains("decoder.block.0.layer.2.DenseReluDense.wi.weight", names);
        Assert.Contains("encoder.final_layer_norm.weight", names);
        Assert.DoesNotContain("lm_head.weight", names);
        Assert.DoesNotContain("decoder.block.1.layer.0.SelfAttention.relative_attention_bias.weight", names);
    }

    [Fact]
    public void Model_BuiltInsideAScope_OutlivesIt()
    {
        T5 model;
        using (NewDisposeScope())
        {
            model = new T5(Small);
        }

        using (model)
        {
            model.InitializeWeights(1);
            Assert.All(model.parameters(), parameter => Assert.False(parameter.IsInvalid));
        }
    }

    [Fact]
    public void InitializeWeights_WithOneSeed_DrawsTheSameEachTime()
    {
        using DisposeScope scope = NewDisposeScope();
        using var first = new T5(Small);
        using var second = new T5(Small);
        using var other = new T5(Small);
        first.InitializeWeights(7);
        second.InitializeWeights(7);
        other.InitializeWeights(8);

        Assert.All(first.parameters().Zip(second.parameters()), pair => Assert.True(pair.First.equal(pair.Second).all().item<bool>()));
        Assert.False(first.get_parameter("shared.weight")!.equal(other.get_parameter("shared.weight")!).all().item<bool>());
    }

    [Fact]
    public void TokenLosses_WithoutRealLabels_AreEmpty()
    {
        using DisposeScope scope = NewDisposeScope();
        using var model = new T5(Small);
        model.InitializeWeights(1);

        Tensor losses = model.TokenLosses(ones([2, 3], ScalarType.Int64), ones([2, 3], ScalarType.Int64), full([2, 4], T5.IgnoredLabel, ScalarType.Int64));

        Assert.Equal([0], losses.shape);
    }

    [Fact]
    public void TokenLosses_WithMorePadding_StayTheSame()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        using var model = new T5(Small);
        model.InitializeWeights(3);
        long[,] inputs = { { 5, 6, 7, 1 }, { 9, 1, 0, 0 } };
        long[,] mask = { { 1, 1, 1, 1 }, { 1, 1, 0, 0 } };
        long[,] labels = { { 4, 3, 1 }, { 8, 1, -100 } };

        Tensor together = model.TokenLosses(tensor(inputs), tensor(mask), tensor(labels));
        Tensor first = model.TokenLosses(tensor(new long[,] { { 5, 6, 7, 1 } }), ones([1, 4]), tensor(new long[,] { { 4, 3, 1 } }));
        Tensor second = model.TokenLosses(tensor(new long[,] { { 9, 1 } }), ones([1, 2]), tensor(new long[,] { { 8, 1 } }));

        Assert.Equal([5], together.shape);
        Assert.True(together.allclose(cat([first, second], 0), rtol: 1e-5, atol: 1e-5));
    }

    [Fact]
    public void Dropout_InTrainModeOnly_ChangesTheOutput()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        using var model = new T5(Small with { DropoutRate = 0.5 });
        model.InitializeWeights(3);
        Tensor ids = tensor(new long[,] { { 5, 6, 7, 1 } });
        Tensor mask = ones_like(ids);

        model.train();
        Assert.False(model.Encode(ids, mask).allclose(model.Encode(ids, mask)));
        model.eval();
        Assert.True(model.Encode(ids, mask).equal(model.Encode(ids, mask)).all().item<bool>());
    }
}
