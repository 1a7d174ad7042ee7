using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Backends.Gpu;
using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Kernels.Gpu;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Text;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using AdamW = DistillStudio.Engine.Optimization.AdamW;
using Embedding = DistillStudio.Engine.Model.Embedding;

namespace DistillStudio.Tests.Engine.Backends.Gpu;

public sealed class StaticBackendTests
{
    private const ulong Seed = 11;

    [Theory]
    [InlineData(1, 1, 1, "relu", true, "none")]
    [InlineData(4, 128, 16, "relu", true, "none")]
    [InlineData(4, 128, 16, "relu", true, "all")]
    [InlineData(4, 128, 16, "relu", true, "without attention")]
    [InlineData(3, 7, 5, "gated-gelu", false, "none")]
    [InlineData(3, 7, 5, "gated-silu", false, "all")]
    [InlineData(3, 7, 5, "gated-silu", false, "without attention")]
    [InlineData(64, 1000, 100, "gated-silu", false, "none")]
    public void ForwardBackward_InAnyShape_AgreesWithAutograd(
        int rows, int tokens, int lengths, string feedForward, bool tied, string kernels)
    {
        using SimulatedLauncher? launcher = kernels == "none" ? null : new();
        using DisposeScope scope = NewDisposeScope();
        using T5 model = Model(feedForward, tied);
        Parameter[] parameters = [.. model.parameters()];
        PackedBatch batch = Batch(9, 1);
        using var expectedPass = new AutogradBackend(model);
        float[] expected = expectedPass.ForwardBackward(batch, Seed, accumulate: false);
        Tensor[] gradients = [.. parameters.Select(p => p.grad!.clone())];

        using var flat = new FlatParameters(parameters);
        var graphs = ModelGraphs.Attach(model, null);
        using var pass = new StaticBackend(model, flat, graphs, new StaticGrid(rows, tokens, lengths));
        if (launcher is not null)
        {
            var operations = new FusedOperations(new GpuOperations(launcher), new TorchOperations(), report => Assert.Fail(report));
            model.Dropout.Operations = operations;
            if (kernels == "without attention")
            {
                operations.LeaveOut(FusedOperation.Attention, null);
            }
        }

        flat.Gradients.fill_(7); // of an earlier step
        float[] actual = pass.ForwardBackward(batch, Seed, accumulate: false);

        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 2e-5f));
        Assert.All(gradients.Zip(parameters), pair => Assert.InRange(ReferenceT5.Difference(pair.First, pair.Second.grad!), 0, 1e-4));

        pass.ForwardBackward(batch, Seed, accumulate: true);
        Assert.All(gradients.Zip(parameters), pair => Assert.InRange(ReferenceT5.Difference(pair.First * 2, pair.Second.grad!), 0, 1e-4));
    }

    /// <summary>The same step, computed and replayed, with batches of several shapes between.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Steps_Replayed_EqualThoseComputedToTheLastBit(bool hasKernels)
    {
        (float[] expected, _) = Steps(null, hasKernels);
        var graphs = new ScriptedGraphs();
        (float[] actual, int recorded) = Steps(graphs, hasKernels);

        Assert.Equal(expected, actual);
        Assert.Equal(4, recorded); // three shapes and the update
        Assert.Equal((4, 0), (graphs.Captures, graphs.Living));
        Assert.True(graphs.Replays > 10);
        Assert.True(expected.Distinct().Count() > 50);
    }

    [Fact]
    public void Shape_DependsOnTheBatchAlone_AndHoldsIt()
    {
        for (int seed = 0; seed < 40; seed++)
        {
            PackedBatch batch = Batch(1 + (3 * seed), seed);
            StaticShape shape = StaticShape.Of(batch, StaticGrid.Default);

            Assert.Equal(shape, StaticShape.Of(batch, StaticGrid.Default));
            Assert.True(shape.Rows > batch.Rows.Count);
            Assert.InRange(shape.Inputs, batch.InputIds.Length, Math.Max(128, (batch.InputIds.Length * 9 / 8) + 128));
            Assert.InRange(shape.TargetLength, batch.Rows.Max(row => row.Tokens.Target.Length), int.MaxValue);
            Assert.Equal(0, shape.InputLength % 16);
        }
    }

    [Fact]
    public void SelectInOrder_HasValuesAndGradientsOfSelection()
    {
        using DisposeScope scope = NewDisposeScope();
        var table = new Embedding(7, 5);
        table.Weight.detach().copy_(randn(7, 5));
        Tensor ids = tensor((long[])[3, 0, 3, 6, 3, 0]);
        Tensor factors = randn(6, 5);
        Tensor plain = table.Forward(ids);
        (plain * factors).sum().backward();
        Tensor gradient = table.Weight.grad!.clone();
        table.Weight.grad!.zero_();
        Tensor ordered = table.SelectInOrder(ids);
        (ordered * factors).sum().backward();

        Assert.Equal(0, ReferenceT5.Difference(plain.detach(), ordered.detach()));
        Assert.InRange(ReferenceT5.Difference(gradient, table.Weight.grad!), 0, 1e-6);
    }

    private static (float[] Figures, int Graphs) Steps(ScriptedGraphs? recorder, bool hasKernels)
    {
        using DisposeScope scope = NewDisposeScope();
        using T5 model = Model("relu", true);
        Parameter[] parameters = [.. model.parameters()];
        using var flat = new FlatParameters(parameters);
        var graphs = ModelGraphs.Attach(model, recorder);
        using var pass = new StaticBackend(model, flat, graphs);
        using var optimizer = new AdamW(parameters, flat);
        using OwnKernels? kernels = hasKernels ? OwnKernels.Open(CPU, new SimulatedLauncher(), report => Assert.Fail(report)) : null;
        kernels?.AttachTo(model);
        optimizer.Use(kernels);
        var update = new StaticUpdate(optimizer, flat, graphs.Cache);
        PackedBatch[] batches = [Batch(9, 1), Batch(9, 2), Batch(40, 3)];
        var figures = new List<float>();
        for (int step = 0; step < 12; step++)
        {
            using DisposeScope own = NewDisposeScope();
            Tensor first = pass.Launch(batches[step % 3], (ulong)step, accumulate: false);
            Tensor second = pass.Launch(batches[(step + 1) % 3], (ulong)step, accumulate: true);
            figures.AddRange(cat([first, second, update.Run(1e-3 / (1 + step))]).data<float>());
        }

        Assert.Empty(graphs.TakeNotices());
        return ([.. figures, .. flat.Weights.data<float>()], graphs.Cache.Count ?? 0);
    }

    private static T5 Model(string feedForward, bool tied)
    {
        var model = new T5(SmallT5.Config with { FeedForwardProj = feedForward, TieWordEmbeddings = tied, DropoutRate = 0.2 });
        model.InitializeWeights(4);
        model.train();
        return model;
    }

    /// <summary>Two streams of rows with lengths of their own.</summary>
    private static PackedBatch Batch(int rows, int seed)
    {
        var random = new SeededRandom((ulong)seed);
        int[] Ids(int length) =>
            [.. Enumerable.Range(0, length).Select(_ => 2 + random.Next(SmallT5.Config.VocabSize - 2)), T5Tokenizer.EndId];
        return new(
            [
                .. Enumerable.Range(0, rows).Select(i => new PackedRow(
                    new TokenPair(Ids(1 + random.Next(20)), Ids(i < rows / 2 ? 1 + random.Next(3) : random.Next(30))), i < rows / 2 ? 0 : 1,
                    0.01f * (1 + i), (uint)i)),
            ],
            SmallT5.Config.DecoderStartTokenId);
    }
}
