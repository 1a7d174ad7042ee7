using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Backends.Gpu;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Generation;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Engine.Backends.Gpu;

public sealed class StaticBeamDecodingTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(ReferenceT5.Names), MemberType = typeof(ReferenceT5))]
    public void BeamSearch_OfReferenceModel_AgreesWithHuggingFace(string name)
    {
        using var reference = new ReferenceT5(name);
        using T5 model = HuggingFaceFolder.Load(reference.Folder);
        ModelGraphs.Attach(model, null);
        var options = new GenerationOptions { MaxNewTokens = 23, Beams = 4 };

        Assert.Equal(
            reference.Generated("pred.beam4"),
            SequenceGenerator.Generate(model, reference.Inputs("pred"), options, Cancellation).Select(answer => answer.Ids.ToArray()));
    }

    [Theory]
    [InlineData(2, 1.0)]
    [InlineData(3, 0.0)]
    [InlineData(4, 2.5)]
    [InlineData(5, -1.0)]
    [InlineData(9, 0.5)]
    public void BeamSearch_RowsThatFinishAtDifferentTimes_AgreeWithDynamicDecoding(int beams, double lengthPenalty)
    {
        using T5 model = RandomModel(endsOften: true);
        int[][] inputs = Inputs(19, 12);
        var options = new GenerationOptions { MaxNewTokens = 20, Beams = beams, LengthPenalty = lengthPenalty };
        var dynamic = new Watched(new TensorBeamDecoding(model));
        GeneratedIds[] expected = BeamSearch.Run(dynamic, inputs, model.Config, options, Cancellation);
        var graphs = new ScriptedGraphs();
        ModelGraphs attached = ModelGraphs.Attach(model, graphs);
        using var decoding = new StaticBeamDecoding(model, attached);
        foreach (Range part in (Range[])[Range.All, 3..5, 0..1, Range.All])
        {
            Assert.Equal(Show(expected[part]), Show(BeamSearch.Run(decoding, inputs[part], model.Config, options, Cancellation)));
        }

        Assert.True(dynamic.Inputs.Distinct().Count() > 1); // some finished early
        Assert.True(dynamic.HasReordered);
        Assert.True(graphs.Replays > 10);
        Assert.InRange(graphs.Living, 1, 20);
        Assert.Empty(attached.TakeNotices());
        dynamic.Dispose();
    }

    [Fact]
    public void BeamSearch_PastTheFirstPositions_AgreesWithDynamicDecoding()
    {
        using T5 model = RandomModel(endsOften: false);
        int[][] inputs = Inputs(5, 48);
        var options = new GenerationOptions { MaxNewTokens = 140, Beams = 3 };
        using var dynamic = new TensorBeamDecoding(model);
        GeneratedIds[] expected = BeamSearch.Run(dynamic, inputs, model.Config, options, Cancellation);
        using var decoding = new StaticBeamDecoding(model, ModelGraphs.Attach(model, new ScriptedGraphs()));

        Assert.Equal(Show(expected), Show(BeamSearch.Run(decoding, inputs, model.Config, options, Cancellation)));
        Assert.Contains(expected, answer => answer.Ids.Count > 128);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Generate_ARecordingFails_ContinuesWithTheSameResultsAndOneSentence(int failsAt)
    {
        using T5 model = RandomModel(endsOften: true);
        var options = new GenerationOptions { MaxNewTokens = 10, Beams = 3, BatchSize = 4 };
        string[] expected = Show(SequenceGenerator.Generate(model, Inputs(11, 12), options, Cancellation));
        ModelGraphs attached = ModelGraphs.Attach(model, new ScriptedGraphs(failsAt));

        Assert.Equal(expected, Show(SequenceGenerator.Generate(model, Inputs(11, 12), options, Cancellation)));
        Assert.Equal(expected, Show(SequenceGenerator.Generate(model, Inputs(11, 12), options, Cancellation)));
        Assert.StartsWith("CUDA graphs are off", Assert.Single(attached.TakeNotices()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Precision.Float32)]
    [InlineData(Precision.BFloat16)]
    public void Generate_GreedilyAndWithBeamsInTurn_SharesItsMemoryAndFollowsTheWeights(Precision precision)
    {
        using T5 model = RandomModel(endsOften: true, precision);
        int[][] inputs = Inputs(6, 12);
        GenerationOptions[] turns =
            [.. new[] { 1, 4, 2, 1, 4 }.Select(beams => new GenerationOptions { MaxNewTokens = 12, Beams = beams })];
        string[][] Turns() => [.. turns.Select(options => Show(SequenceGenerator.Generate(model, inputs, options, Cancellation)))];
        string[][] dynamic = Turns();
        ModelGraphs.Attach(model, new ScriptedGraphs());
        string[][] before = Turns();
        if (precision == Precision.Float32)
        {
            Assert.Equal(dynamic, before); // bfloat16 rounds otherwise in other shapes
        }

        using (no_grad())
        using (DisposeScope scope = NewDisposeScope())
        using (var generator = new Generator(6))
        {
            foreach (Parameter parameter in model.parameters())
            {
                parameter.add_(randn(parameter.shape, generator: generator) * 0.2);
            }
        }

        string[][] after = Turns();
        ModelGraphs.Attach(model, null); // has recorded nothing
        Assert.NotEqual(before, after);
        Assert.Equal(Turns(), after);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Generate_ManyTimes_LeavesNoTensorBehind(int beams)
    {
        using T5 model = RandomModel(endsOften: true);
        ModelGraphs.Attach(model, new ScriptedGraphs());
        var options = new GenerationOptions { MaxNewTokens = 6, Beams = beams, BatchSize = 4 };
        for (int i = 0; i < 4; i++)
        {
            SequenceGenerator.Generate(model, Inputs(9, 12), options, Cancellation); // until every shape is recorded
        }

        long live = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        SequenceGenerator.Generate(model, Inputs(9, 12), options, Cancellation);

        Assert.Equal(live, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static T5 RandomModel(bool endsOften, Precision precision = Precision.Float32)
    {
        // Few tokens and strong weights: answers differ, and some end early while others do not.
        var model = new T5(
            SmallT5.Config with { VocabSize = endsOften ? 12 : 50, TieWordEmbeddings = false, InitializerFactor = endsOften ? 2 : 1.5 },
            precision);
        model.InitializeWeights(1);
        model.eval();
        return model;
    }

    private static int[][] Inputs(int count, int vocabulary)
    {
        var random = new SeededRandom(9);
        return
        [
            .. Enumerable.Range(0, count).Select(
                i => Enumerable.Range(0, 1 + random.Next(20)).Select(_ => 2 + random.Next(vocabulary - 2)).Append(1).ToArray()),
        ];
    }

    private static string[] Show(IEnumerable<GeneratedIds> written) =>
        [.. written.Select(answer => $"{string.Join(' ', answer.Ids)} {answer.IsTruncated}")];

    /// <summary>Notes what a search asks for.</summary>
    private sealed class Watched(IBeamDecoding inner) : IBeamDecoding
    {
        public List<int> Inputs { get; } = [];

        public bool HasReordered { get; private set; }

        public void Begin(IReadOnlyList<int[]> inputs, int beams) => inner.Begin(inputs, beams);

        public BeamCandidates Next(ReadOnlySpan<int> inputs, Beams beams)
        {
            Inputs.Add(inputs.Length);
            int width = beams.Origins.Length / inputs.Length;
            HasReordered |= beams.Origins.Where((origin, i) => origin != i % width).Any();
            return inner.Next(inputs, beams);
        }

        public void Dispose() => inner.Dispose();
    }
}
