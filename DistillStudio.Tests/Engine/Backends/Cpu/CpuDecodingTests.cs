using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Backends.Cpu;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Generation;
using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Tests.Engine.Backends.Cpu;

public sealed class CpuDecodingTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(ReferenceT5.Names), MemberType = typeof(ReferenceT5))]
    public void GreedySearch_OfEitherBackend_AgreesWithHuggingFace(string name)
    {
        using var reference = new ReferenceT5(name);
        using T5 model = HuggingFaceFolder.Load(reference.Folder);
        model.eval();
        using var byHand = new CpuDecoding<Float32Format>(model);
        using var byLibtorch = new TensorDecoding(model);
        foreach (IDecoding decoding in (IDecoding[])[byHand, byLibtorch])
        {
            GeneratedIds[] written = GreedySearch.Run(decoding, reference.Inputs("pred"), model.Config, 23, isScored: false, Cancellation);
            Assert.Equal(reference.Generated("pred.greedy"), written.Select(answer => answer.Ids.ToArray()));
        }
    }

    [Theory]
    [InlineData("relu", true)]
    [InlineData("gated-gelu", false)]
    [InlineData("gated-silu", true)]
    public void GreedySearch_PastTheFirstCapacity_AgreesWithLibtorch(string feedForward, bool tied)
    {
        using T5 model = RandomModel(feedForward, tied, Precision.Float32);
        int[][] inputs = Inputs(19);
        using var byHand = new CpuDecoding<Float32Format>(model);
        using var byLibtorch = new TensorDecoding(model);
        string[] expected = Show(GreedySearch.Run(byLibtorch, inputs, model.Config, 150, isScored: false, Cancellation));

        Assert.Equal(expected, Show(GreedySearch.Run(byHand, inputs, model.Config, 150, isScored: false, Cancellation)));
        Assert.Contains(expected, answer => answer.Split(' ').Length > 100);
        Assert.True(expected.Distinct().Count() > 5);
        // the earlier inputs leave no trace
        Assert.Equal(expected[3..5], Show(GreedySearch.Run(byHand, inputs[3..5], model.Config, 150, isScored: false, Cancellation)));
    }

    [Fact]
    public void GreedySearch_Scored_GivesEachTokensLogProbabilityAndTheSameTokens()
    {
        using T5 model = RandomModel("relu", true, Precision.Float32);
        int[][] inputs = Inputs(19);
        using var byHand = new CpuDecoding<Float32Format>(model);
        using var byLibtorch = new TensorDecoding(model);
        GeneratedIds[] expected = GreedySearch.Run(byLibtorch, inputs, model.Config, 40, isScored: true, Cancellation);
        GeneratedIds[] actual = GreedySearch.Run(byHand, inputs, model.Config, 40, isScored: true, Cancellation);

        Assert.Equal(Show(GreedySearch.Run(byHand, inputs, model.Config, 40, isScored: false, Cancellation)), Show(actual));
        Assert.Equal(Show(expected), Show(actual));
        Assert.All(expected.Zip(actual), pair =>
        {
            Assert.Equal(pair.First.Ids.Count, pair.Second.LogProbabilities!.Count);
            Assert.All(
                pair.First.LogProbabilities!.Zip(pair.Second.LogProbabilities), scores => Assert.Equal(scores.First, scores.Second, 1e-3f));
            // the likeliest of all
            Assert.All(pair.First.LogProbabilities!, score => Assert.InRange(score, -MathF.Log(model.Config.VocabSize), 0));
        });
        Assert.True(expected.SelectMany(answer => answer.LogProbabilities!).Distinct().Count() > 20);
    }

    [Fact]
    public void GreedySearch_InBFloat16_MostlyAgreesWithFloat32()
    {
        using T5 exact = RandomModel("relu", true, Precision.Float32);
        using T5 rounded = RandomModel("relu", true, Precision.BFloat16);
        using var inFloat32 = new CpuDecoding<Float32Format>(exact);
        using var inBFloat16 = new CpuDecoding<BFloat16Format>(rounded);
        int[][] inputs = Inputs(32);
        IEnumerable<int> First(IDecoding decoding, T5 model) =>
            GreedySearch.Run(decoding, inputs, model.Config, 1, isScored: false, Cancellation).Select(answer => answer.Ids[0]);

        Assert.InRange(First(inFloat32, exact).Zip(First(inBFloat16, rounded)).Count(pair => pair.First == pair.Second), 26, 32);
    }

    private static T5 RandomModel(string feedForward, bool tied, Precision precision)
    {
        var model = new T5(
            SmallT5.Config with { FeedForwardProj = feedForward, TieWordEmbeddings = tied, InitializerFactor = 1.5 }, precision);
        model.InitializeWeights(2);
        model.eval();
        return model;
    }

    private static int[][] Inputs(int count)
    {
        var random = new SeededRandom(9);
        return
        [
            .. Enumerable.Range(0, count).Select(
                i => Enumerable.Range(0, 1 + random.Next(30)).Select(_ => 2 + random.Next(48)).Append(1).ToArray()),
        ];
    }

    private static string[] Show(IEnumerable<GeneratedIds> written) => [.. written.Select(answer => string.Join(' ', answer.Ids))];
}
