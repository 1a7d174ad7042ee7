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

    [Theory]
    [InlineData(Precision.Float32)]
    [InlineData(Precision.BFloat16)]
    public void GreedySearch_InAnyNumberOfTeams_GivesTheSameBits(Precision precision)
    {
        using T5 model = RandomModel("relu", true, precision);
        using IDecoding decoding =
            precision == Precision.BFloat16 ? new CpuDecoding<BFloat16Format>(model) : new CpuDecoding<Float32Format>(model);
        foreach (int rows in (int[])[1, 5, 19])
        {
            int[][] inputs = Inputs(rows);
            GeneratedIds[] Decode(TeamPlan? teams) =>
                GreedySearch.Run(decoding, inputs, model.Config, 40, isScored: true, Cancellation, teams, together: 8);
            GeneratedIds[] expected = Decode(null);
            foreach (TeamPlan teams in (TeamPlan[])[new(1, 1), new(1, 3), new(2, 1), new(2, 2), new(3, 1), new(8, 1), new(32, 1)])
            {
                GeneratedIds[] actual = Decode(teams);
                Assert.Equal(Show(expected), Show(actual));
                Assert.Equal(expected.SelectMany(Bits), actual.SelectMany(Bits));
                Assert.Equal(expected.Select(answer => answer.IsTruncated), actual.Select(answer => answer.IsTruncated));
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void GreedySearch_CancelledAmongTheTokens_EndsAllTeams(int teams)
    {
        using T5 model = RandomModel("relu", true, Precision.Float32);
        using var decoding = new FailingDecoding(model, step: 7);
        using var cancelled = new CancellationTokenSource();
        decoding.Failing += cancelled.Cancel;

        OperationCanceledException thrown = Assert.Throws<OperationCanceledException>(() => GreedySearch.Run(
            decoding, Inputs(12), model.Config, 10_000, isScored: false, cancelled.Token, new TeamPlan(teams, 1)));

        Assert.Equal(cancelled.Token, thrown.CancellationToken);
        Assert.Equal(0, decoding.Opened);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void GreedySearch_TeamFails_ThrowsWhatItThrewAndReleasesTheRows(int teams)
    {
        using T5 model = RandomModel("relu", true, Precision.Float32);
        using var decoding = new FailingDecoding(model, step: 7);
        decoding.Failing += () => throw new InvalidDataException("no more memory");
        void Run() => GreedySearch.Run(
            decoding, Inputs(12), model.Config with { EosTokenId = -1 }, 1000, isScored: false, Cancellation, new TeamPlan(teams, 1));

        Assert.Equal("no more memory", Assert.Throws<InvalidDataException>(Run).Message);
        Assert.Equal(0, decoding.Opened);
    }

    private static IEnumerable<int> Bits(GeneratedIds answer) => answer.LogProbabilities!.Select(BitConverter.SingleToInt32Bits);

    /// <summary>Decodes until one of the teams reaches a step.</summary>
    private sealed class FailingDecoding(T5 model, int step) : IDecoding
    {
        private readonly CpuDecoding<Float32Format> _decoding = new(model);
        private int _opened;

        internal event Action? Failing;

        internal int Opened => _opened;

        public bool IsDivisible => true;

        public void Begin(IReadOnlyList<int[]> inputs, int together) => _decoding.Begin(inputs, together);

        public IRowDecoding Open(int first, int count)
        {
            Interlocked.Increment(ref _opened);
            return new Rows(this, _decoding.Open(first, count));
        }

        public void Dispose() => _decoding.Dispose();

        private sealed class Rows(FailingDecoding owner, IRowDecoding rows) : IRowDecoding
        {
            private int _step;

            public int[] Next(ReadOnlySpan<int> those, ReadOnlySpan<int> newest, Span<float> logProbabilities)
            {
                if (++_step == owner.Step)
                {
                    owner.Failing?.Invoke();
                }

                return rows.Next(those, newest, logProbabilities);
            }

            public void Dispose()
            {
                rows.Dispose();
                Interlocked.Decrement(ref owner._opened);
            }
        }

        private int Step => step;
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
