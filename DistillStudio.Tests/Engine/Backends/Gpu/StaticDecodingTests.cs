using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Backends.Gpu;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Generation;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Engine.Backends.Gpu;

public sealed class StaticDecodingTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(ReferenceT5.Names), MemberType = typeof(ReferenceT5))]
    public void GreedySearch_OfReferenceModel_AgreesWithHuggingFace(string name)
    {
        using var reference = new ReferenceT5(name);
        using T5 model = HuggingFaceFolder.Load(reference.Folder);
        model.eval();
        using var decoding = new StaticDecoding(model, ModelGraphs.Attach(model, null));
        GeneratedIds[] written = GreedySearch.Run(decoding, reference.Inputs("pred"), model.Config, 23, isScored: false, Cancellation);

        Assert.Equal(reference.Generated("pred.greedy"), written.Select(answer => answer.Ids.ToArray()));
    }

    [Theory]
    [InlineData("relu", true, false)]
    [InlineData("gated-gelu", false, true)]
    [InlineData("gated-silu", true, true)]
    public void GreedySearch_PastTheFirstPositions_AgreesWithDynamicDecoding(string feedForward, bool tied, bool isRecorded)
    {
        using T5 model = RandomModel(feedForward, tied);
        int[][] inputs = Inputs(19);
        using var dynamic = new TensorDecoding(model);
        GeneratedIds[] expected = GreedySearch.Run(dynamic, inputs, model.Config, 150, isScored: true, Cancellation);
        var graphs = new ScriptedGraphs();
        ModelGraphs attached = ModelGraphs.Attach(model, isRecorded ? graphs : null);
        using var decoding = new StaticDecoding(model, attached);
        foreach (Range part in (Range[])[Range.All, 3..5, 0..1, Range.All])
        {
            GeneratedIds[] actual = GreedySearch.Run(decoding, inputs[part], model.Config, 150, isScored: true, Cancellation);
            Assert.Equal(Show(expected[part]), Show(actual));
            Assert.All(
                expected[part].Zip(actual).SelectMany(pair => pair.First.LogProbabilities!.Zip(pair.Second.LogProbabilities!)),
                scores => Assert.Equal(scores.First, scores.Second, 1e-3f));
        }

        Assert.Contains(expected, answer => answer.Ids.Count > 100);
        Assert.True(Show(expected).Distinct().Count() > 5);
        Assert.Equal(isRecorded, graphs.Replays > 100);
        Assert.InRange(graphs.Living, isRecorded ? 1 : 0, 20);
        Assert.Empty(attached.TakeNotices());
    }

    [Theory]
    [InlineData(Precision.Float32)]
    [InlineData(Precision.BFloat16)]
    public void Generate_AfterTheWeightsChanged_UsesTheNewOnes(Precision precision)
    {
        using T5 model = RandomModel("relu", true, precision);
        int[][] inputs = Inputs(6);
        var options = new GenerationOptions { MaxNewTokens = 12, BatchSize = 4 };
        ModelGraphs.Attach(model, new ScriptedGraphs());
        string[] before = [];
        SequenceGenerator.Generate(model, inputs, options with { Beams = 2 }, Cancellation); // casts the weights elsewhere
        for (int i = 0; i < 4; i++)
        {
            before = Show(SequenceGenerator.Generate(model, inputs, options, Cancellation)); // recorded by now
        }

        using (no_grad())
        using (DisposeScope scope = NewDisposeScope())
        {
            foreach (Parameter parameter in model.parameters())
            {
                parameter.add_(randn_like(parameter) * 0.2);
            }
        }

        SequenceGenerator.Generate(model, inputs, options with { Beams = 2 }, Cancellation);
        string[] actual = Show(SequenceGenerator.Generate(model, inputs, options, Cancellation));
        model.Attachment?.Dispose();
        model.Attachment = null;
        using var dynamic = new TensorDecoding(model);
        string[] expected = Show(GreedySearch.Run(dynamic, inputs, model.Config, 12, isScored: false, Cancellation));

        Assert.NotEqual(before, expected);
        Assert.Equal(expected, actual);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Generate_MemoryRunsOutBesideTheGraphs_GoesOnWithoutThem(int beams)
    {
        using T5 model = RandomModel("relu", true);
        int[][] inputs = Inputs(6);
        var options = new GenerationOptions { MaxNewTokens = 12, BatchSize = 4, Beams = beams };
        string[] expected = Show(SequenceGenerator.Generate(model, inputs, options, Cancellation));
        var graphs = new ScriptedGraphs();
        ModelGraphs attached = ModelGraphs.Attach(model, graphs);
        SequenceGenerator.Generate(model, inputs, options, Cancellation);
        Assert.True(graphs.Living > 0);
        graphs.Failure = new NativeException("CUDA out of memory. Tried to allocate 2.00 GiB.");

        Assert.Equal(expected, Show(SequenceGenerator.Generate(model, inputs, options, Cancellation)));
        Assert.Equal(0, graphs.Living);
        Assert.Contains(NativeErrors.NoRoomForGraphs, Assert.Single(attached.TakeNotices()), StringComparison.Ordinal);
    }

    [Fact]
    public void Release_OfTheGraphs_FreesAllAndDecodingGoesOn()
    {
        using T5 model = RandomModel("relu", true);
        int[][] inputs = Inputs(6);
        var graphs = new ScriptedGraphs();
        ModelGraphs attached = ModelGraphs.Attach(model, graphs);
        var options = new GenerationOptions { MaxNewTokens = 12 };
        string[] expected = Show(SequenceGenerator.Generate(model, inputs, options, Cancellation));
        Assert.True(graphs.Living > 0);

        attached.Release();

        Assert.Equal(0, graphs.Living);
        Assert.Equal(0, attached.Decoding(model).Bytes);
        Assert.Equal(expected, Show(SequenceGenerator.Generate(model, inputs, options, Cancellation)));
    }

    [Fact]
    public void Next_GivenOtherTokensThanItsOwn_ContinuesFromThese()
    {
        using T5 model = RandomModel("relu", true);
        int[][] inputs = Inputs(3);
        using var dynamic = new TensorDecoding(model);
        using var decoding = new StaticDecoding(model, ModelGraphs.Attach(model, null));
        dynamic.Begin(inputs, inputs.Length);
        decoding.Begin(inputs, inputs.Length);
        using IRowDecoding expectedRows = dynamic.Open(0, inputs.Length);
        using IRowDecoding actualRows = decoding.Open(0, inputs.Length);

        int[][] forced = [[0, 0, 0], [7, 8, 9], [20, 21, 22], [5, 40, 6]];
        foreach (int[] newest in forced)
        {
            float[] expectedScores = new float[3];
            float[] actualScores = new float[3];
            int[] expected = expectedRows.Next([0, 1, 2], newest, expectedScores);
            Assert.Equal(expected, actualRows.Next([0, 1, 2], newest, actualScores));
            Assert.All(expectedScores.Zip(actualScores), scores => Assert.Equal(scores.First, scores.Second, 1e-3f));
        }
    }

    private static T5 RandomModel(string feedForward, bool tied, Precision precision = Precision.Float32)
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
