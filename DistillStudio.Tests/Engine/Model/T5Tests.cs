using DistillStudio.Engine.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Engine.Model;

public sealed class T5Tests
{
    [Theory]
    [InlineData("relu", true)]
    [InlineData("relu", false)]
    [InlineData("gated-gelu", true)]
    [InlineData("gated-silu", false)]
    public void ParameterCount_OfConfig_IsThatOfTheModel(string feedForward, bool tied)
    {
        T5Config config = SmallT5.Config with { FeedForwardProj = feedForward, TieWordEmbeddings = tied };
        using var model = new T5(config);

        Assert.Equal(config.ParameterCount, model.ParameterCount);
        Assert.Equal(config.ParameterCount, model.parameters().Sum(p => p.numel()));
    }

    [Fact]
    public void ParameterNames_OfTiedModel_AreTheCheckpoints()
    {
        using var model = new T5(SmallT5.Config);
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
            model = new T5(SmallT5.Config);
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
        using var first = new T5(SmallT5.Config);
        using var second = new T5(SmallT5.Config);
        using var other = new T5(SmallT5.Config);
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
        using var model = new T5(SmallT5.Config);
        model.InitializeWeights(1);

        Tensor losses = model.TokenLosses(
            ones([2, 3], ScalarType.Int64), ones([2, 3], ScalarType.Int64), full([2, 4], T5.IgnoredLabel, ScalarType.Int64));

        Assert.Equal([0], losses.shape);
    }

    [Fact]
    public void TokenLosses_WithMorePadding_StayTheSame()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        using var model = new T5(SmallT5.Config);
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
        using var model = new T5(SmallT5.Config with { DropoutRate = 0.5 });
        model.InitializeWeights(3);
        Tensor ids = tensor(new long[,] { { 5, 6, 7, 1 } });
        Tensor mask = ones_like(ids);

        model.train();
        Assert.False(model.Encode(ids, mask).allclose(model.Encode(ids, mask)));
        model.eval();
        Assert.True(model.Encode(ids, mask).equal(model.Encode(ids, mask)).all().item<bool>());
    }

    [Fact]
    public void TrainingStep_InsideAScope_LeavesOnlyTheGradients()
    {
        using var model = new T5(SmallT5.Config with { DropoutRate = 0.1 });
        model.InitializeWeights(3);
        Step(model);
        long live = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        for (int i = 0; i < 3; i++)
        {
            Step(model);
        }

        Assert.Equal(live, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.All(model.parameters(), parameter => Assert.NotNull(parameter.grad));

        static void Step(T5 model)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor ids = tensor(new long[,] { { 5, 6, 7, 1 } });
            model.TokenLosses(ids, ones_like(ids), ids).mean().backward();
        }
    }

    [Fact]
    public void InitializeWeights_OfEachKind_HasHuggingFacesDeviation()
    {
        T5Config config = SmallT5.Config with
        {
            DModel = 64,
            DKv = 16,
            DFf = 128,
            NumHeads = 8,
            VocabSize = 500,
            TieWordEmbeddings = false,
            InitializerFactor = 0.5,
        };
        using var model = new T5(config);
        model.InitializeWeights(11);

        AssertDeviation("shared.weight", 1);
        AssertDeviation("lm_head.weight", 1);
        AssertDeviation("encoder.block.1.layer.0.SelfAttention.q.weight", Math.Pow(64 * 16, -0.5));
        AssertDeviation("decoder.block.1.layer.1.EncDecAttention.k.weight", Math.Pow(64, -0.5));
        AssertDeviation("decoder.block.0.layer.0.SelfAttention.o.weight", Math.Pow(128, -0.5));
        AssertDeviation("decoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight", Math.Pow(64, -0.5), tolerance: 0.15);
        AssertDeviation("encoder.block.0.layer.1.DenseReluDense.wi.weight", Math.Pow(64, -0.5));
        AssertDeviation("encoder.block.0.layer.1.DenseReluDense.wo.weight", Math.Pow(128, -0.5));
        Assert.All(model.get_parameter("decoder.final_layer_norm.weight")!.data<float>(), weight => Assert.Equal(0.5f, weight));

        void AssertDeviation(string name, double expected, double tolerance = 0.03)
        {
            using IDisposable noGrad = no_grad();
            using Tensor deviation = model.get_parameter(name)!.std();
            Assert.InRange(deviation.item<float>() / (0.5 * expected), 1 - tolerance, 1 + tolerance);
        }
    }
}
