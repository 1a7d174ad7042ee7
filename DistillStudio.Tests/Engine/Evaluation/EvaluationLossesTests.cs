using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Text;
using TorchSharp;

namespace DistillStudio.Tests.Engine.Evaluation;

public sealed class EvaluationLossesTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(BackendKind.Auto, Precision.Float32, 1e-5)]
    [InlineData(BackendKind.Auto, Precision.BFloat16, 1e-2)]
    [InlineData(BackendKind.Autograd, Precision.Float32, 1e-5)]
    [InlineData(BackendKind.Autograd, Precision.BFloat16, 1e-2)]
    public void Of_AnyNumberOfTeams_AreThoseOfTheWholeBatch(BackendKind kind, Precision precision, double tolerance)
    {
        using T5 model = Model(precision);
        PackedRow[] rows = Rows(40);
        using ITrainingBackend pass = ComputeBackends.CreateTraining(model, kind);
        float[] whole = pass.Losses(new PackedBatch(rows, model.Config.DecoderStartTokenId));
        float[] two = Compute(model, null, kind, new(2, 1), rows);

        Assert.Equal(rows.Sum(row => row.Tokens.Target.Length), whole.Length);
        Assert.Equal(two, Compute(model, null, kind, new(3, 1), rows)); // parts and order are the same
        foreach (float[] losses in (float[][])[two, Compute(model, pass, kind, new(1, 1), rows), Compute(model, null, kind, null, rows)])
        {
            Assert.Equal(whole.Length, losses.Length);
            Assert.All(whole.Zip(losses), pair => Assert.Equal(pair.First, pair.Second, tolerance * Math.Abs(pair.First)));
        }
    }

    [Fact]
    public void Of_SeveralTeams_ComputesPartsOnThreadsOfTheirOwnAndLeavesTheBackendAlone()
    {
        using T5 model = Model(Precision.Float32);
        var pass = new CountingBackend();
        PackedRow[] rows = Rows(40);

        Assert.NotEmpty(Compute(model, pass, BackendKind.Auto, new(2, 1), rows));
        Assert.Empty(pass.Batches);
        Compute(model, pass, BackendKind.Auto, new(1, 1), rows);
        Assert.True(pass.Batches.Count > 2); // parts of few tokens
        Assert.Equal(rows, pass.Batches.SelectMany(batch => batch.Rows));
        pass.Batches.Clear();
        Compute(model, pass, BackendKind.AsOnGpu, new(2, 1), rows);
        Assert.Equal(rows, Assert.Single(pass.Batches).Rows);
    }

    [Fact]
    public void Of_ARowOfManyTokens_IsAPartOfItsOwn()
    {
        using T5 model = Model(Precision.Float32);
        var pass = new CountingBackend();
        PackedRow[] rows = [Row(3, 2, 0), Row(700, 2, 1), Row(1, 1, 2)];
        Compute(model, pass, BackendKind.Auto, new(1, 1), rows);

        Assert.Equal([2, 1], pass.Batches.Select(batch => batch.Rows.Count));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Of_CancelledEvaluation_Ends(int teams)
    {
        using T5 model = Model(Precision.Float32);
        using var losses = new EvaluationLosses(model, null, BackendKind.Auto, new(teams, 1));

        Assert.Throws<OperationCanceledException>(() => losses.Of(Rows(40), new CancellationToken(canceled: true)));
    }

    [Fact]
    public void Dispose_AfterSeveralTeams_ReturnsAllTensors()
    {
        using T5 model = Model(Precision.BFloat16);
        long live = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Compute(model, null, BackendKind.Autograd, new(2, 1), Rows(40));

        Assert.Equal(live, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static float[] Compute(T5 model, ITrainingBackend? pass, BackendKind kind, TeamPlan? teams, PackedRow[] rows)
    {
        using var losses = new EvaluationLosses(model, pass, kind, teams);
        return losses.Of(rows, Cancellation);
    }

    private static T5 Model(Precision precision)
    {
        var model = new T5(SmallT5.Config, precision);
        model.InitializeWeights(3);
        model.eval();
        return model;
    }

    private static PackedRow[] Rows(int count) => [.. Enumerable.Range(0, count).Select(i => Row(10 + (i * 7 % 50), 1 + (i % 6), i))];

    private static PackedRow Row(int input, int target, int index)
    {
        var random = new SeededRandom((ulong)index);
        int[] Ids(int length) =>
            [.. Enumerable.Range(0, length).Select(_ => 2 + random.Next(SmallT5.Config.VocabSize - 2)), T5Tokenizer.EndId];
        return new(new(Ids(input), Ids(target)), 0, 0, (uint)index);
    }

    /// <summary>Computes nothing.</summary>
    private sealed class CountingBackend : ITrainingBackend
    {
        public List<PackedBatch> Batches { get; } = [];

        public float[] Losses(PackedBatch batch)
        {
            Batches.Add(batch);
            return new float[batch.Targets.Length];
        }

        public float[] ForwardBackward(PackedBatch batch, ulong seed, bool accumulate, Action<BackendPhase>? onPhase = null) =>
            throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
