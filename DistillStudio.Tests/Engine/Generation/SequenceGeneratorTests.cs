using DistillStudio.Engine.Generation;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Engine.Generation;

public sealed class SequenceGeneratorTests
{
    private static readonly int[][] Inputs =
    [
        [5, 6, 7, 8, 1], [9, 1], [10, 2, 11, 1], [1], [2, 3, 1], [4, 1], [7, 7, 7, 1], [11, 10, 9, 8, 7, 6, 5, 1],
        [3, 1], [6, 2, 1], [8, 1], [5, 5, 1], [2, 1], [10, 1], [9, 4, 9, 4, 1], [3, 8, 1],
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Generate_InAnyBatchSize_AnswersEachInputIndependently(int beams)
    {
        using T5 model = RandomModel();
        var options = new GenerationOptions { MaxNewTokens = 12, Beams = beams };
        string[] alone = [.. Inputs.Select(input => Show(SequenceGenerator.Generate(model, [input], options, Cancellation)[0]))];

        Assert.Contains(alone, answer => answer.EndsWith("True", StringComparison.Ordinal));
        Assert.InRange(
            alone.Where(answer => answer.EndsWith("False", StringComparison.Ordinal)).Select(answer => answer.Length).Distinct().Count(), 3,
            16);

        foreach (int size in (ReadOnlySpan<int>)[2, 4, 6, 64])
        {
            Assert.Equal(alone, SequenceGenerator.Generate(model, Inputs, options with { BatchSize = size }, Cancellation).Select(Show));
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(8, 1)]
    public void Generate_InAnyNumberOfTeams_AnswersTheSameAndCountsItsBatches(int teams, int size)
    {
        using T5 model = RandomModel();
        var options = new GenerationOptions { MaxNewTokens = 12, BatchSize = 4, IsScored = true };
        IReadOnlyList<GeneratedIds> expected = SequenceGenerator.Generate(model, Inputs, options, Cancellation);
        int batches = 0;
        IReadOnlyList<GeneratedIds> actual = SequenceGenerator.Generate(
            model, Inputs, options with { Teams = new(teams, size), BatchDone = () => batches++ }, Cancellation);

        Assert.Equal(expected.Select(Show), actual.Select(Show));
        Assert.Equal(expected.SelectMany(answer => answer.LogProbabilities!), actual.SelectMany(answer => answer.LogProbabilities!));
        Assert.Equal(4, batches);
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    [InlineData(3, 1)]
    [InlineData(8, 2)]
    public void Generate_WithBeamsInAnyNumberOfTeams_AnswersTheSame(int teams, int size)
    {
        using T5 model = RandomModel();
        var options = new GenerationOptions { MaxNewTokens = 12, Beams = 3, BatchSize = 8 };
        long live = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        IReadOnlyList<GeneratedIds> expected = SequenceGenerator.Generate(
            model, Inputs, options with { Teams = new(1, 1) }, Cancellation);
        IReadOnlyList<GeneratedIds> actual = SequenceGenerator.Generate(
            model, Inputs, options with { Teams = new(teams, size) }, Cancellation);

        Assert.Equal(expected.Select(Show), actual.Select(Show));
        Assert.InRange(DisposeScopeManager.Statistics.ThreadTotalLiveCount, live, live + 4); // the position buckets stay
    }

    [Fact]
    public void Generate_WithOneBeamOrGreedily_FollowsTheLikeliestToken()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        using T5 model = RandomModel();
        model.eval();
        int[] input = Inputs[0];
        IReadOnlyList<int> ids = SequenceGenerator.Generate(
            model, [input], new GenerationOptions { MaxNewTokens = 8 }, Cancellation)[0].Ids;

        Tensor inputIds = tensor(input.Select(id => (long)id).ToArray()).unsqueeze(0);
        Tensor mask = ones_like(inputIds);
        Tensor decoderIds = tensor((long[])[0, .. ids.Select(id => (long)id)]).unsqueeze(0);
        Tensor likeliest = model.Logits(model.Decode(decoderIds, model.Encode(inputIds, mask), mask)).argmax(-1);

        Assert.Equal(ids.Select(id => (long)id), likeliest.data<long>().ToArray().Take(ids.Count));
    }

    [Fact]
    public void Generate_ThatReachesTheLimit_IsMarkedTruncated()
    {
        using T5 model = RandomModel();
        foreach (int beams in (ReadOnlySpan<int>)[1, 2])
        {
            IReadOnlyList<GeneratedIds> written = SequenceGenerator.Generate(
                model, Inputs, new GenerationOptions { MaxNewTokens = 2, Beams = beams }, Cancellation);

            Assert.All(written, answer => Assert.InRange(answer.Ids.Count, 1, 2));
            Assert.All(written, answer => Assert.Equal(answer.Ids[^1] != 1, answer.IsTruncated));
            Assert.Contains(written, answer => answer.IsTruncated);
        }
    }

    [Theory]
    [InlineData(Precision.Float32, 1)]
    [InlineData(Precision.Float32, 3)]
    [InlineData(Precision.BFloat16, 1)]
    public void Generate_ManyTimes_LeavesNoTensorBehind(Precision precision, int beams)
    {
        using T5 model = RandomModel(precision);
        var options = new GenerationOptions { MaxNewTokens = 6, Beams = beams, BatchSize = 4 };
        SequenceGenerator.Generate(model, Inputs, options, Cancellation);
        long live = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        for (int i = 0; i < 3; i++)
        {
            SequenceGenerator.Generate(model, Inputs, options, Cancellation);
        }

        Assert.Equal(live, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Generate_WhenCancelled_RestoresTheModelAndLeavesNoTensorBehind()
    {
        using T5 model = RandomModel();
        model.train();
        SequenceGenerator.Generate(model, Inputs, new GenerationOptions { MaxNewTokens = 2 }, Cancellation);
        long live = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        Assert.Throws<OperationCanceledException>(
            () => SequenceGenerator.Generate(model, Inputs, new GenerationOptions(), new CancellationToken(canceled: true)));

        Assert.True(model.training);
        Assert.True(is_grad_enabled());
        Assert.Equal(live, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Generate_WithoutInputs_AnswersNothing()
    {
        using T5 model = RandomModel();

        Assert.Empty(SequenceGenerator.Generate(model, [], new GenerationOptions(), Cancellation));
    }

    [Theory]
    [InlineData(
        1, 64, "Out of memory while answers were generated, 16 at a time; use a smaller --batch_size, a smaller --gen_max_len or a smaller "
            + "model.")]
    [InlineData(
        3, 4, "Out of memory while answers were generated, 4 at a time with 3 beams each; use fewer --beams, a smaller --batch_size, "
            + "a smaller --gen_max_len or a smaller model.")]
    [InlineData(
        3, 1, "Out of memory while answers were generated, one at a time with 3 beams each; use fewer --beams, a smaller --gen_max_len or "
            + "a smaller model.")]
    public void Generate_MemoryRunsOut_SaysWhatHelps(int beams, int batchSize, string expected)
    {
        using T5 model = RandomModel();
        var options = new GenerationOptions
        {
            MaxNewTokens = 3,
            Beams = beams,
            BatchSize = batchSize,
            BatchDone = () => throw new NativeException("DefaultCPUAllocator: can't allocate memory"), // in the place of an allocation
        };

        var failure = Assert.Throws<GenerationMemoryException>(() => SequenceGenerator.Generate(model, Inputs, options, Cancellation));
        Assert.Equal(expected, failure.Message);
        Assert.Contains("DefaultCPUAllocator", failure.Detail, StringComparison.Ordinal);
    }

    private static T5 RandomModel(Precision precision = Precision.Float32)
    {
        // Few tokens and strong weights, so that answers differ, and some end early while others do not.
        var model = new T5(
            SmallT5.Config with { VocabSize = 12, TieWordEmbeddings = false, InitializerFactor = 2, DropoutRate = 0.1 }, precision);
        model.InitializeWeights(1);
        return model;
    }

    private static string Show(GeneratedIds answer) => $"{string.Join(' ', answer.Ids)} {answer.IsTruncated}";
}
