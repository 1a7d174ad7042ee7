using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Backends.Gpu;
using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Generation;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Text;
using TorchSharp;
using static TorchSharp.torch;
using AdamW = DistillStudio.Engine.Optimization.AdamW;

namespace DistillStudio.Tests.Engine.Backends;

/// <summary>Steps that read the optimiser's copies of the weights, beside steps that cast the weights themselves.</summary>
public sealed class FlatCopiesTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void Steps_ReadingCopies_EqualThoseThatWriteThemAnewEachTime(bool tied, bool isRecorded)
    {
        string[] expected = Work(tied, isRecorded, writesAnew: true, (_, _) => { });

        Assert.Equal(expected, Work(tied, isRecorded, writesAnew: false, (_, _) => { }));
        Assert.Equal(expected.Length, expected.Distinct().Count());
    }

    /// <summary>The gradient of the input of several products is rounded once, that of separate ones at each and at each sum.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Gradients_FromCopies_AreAsCloseToFloat32AsFromCasting(bool tied)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor exact = Gradients(Precision.Float32, hasCopies: false);
        Tensor cast = Gradients(Precision.BFloat16, hasCopies: false);
        Tensor copied = Gradients(Precision.BFloat16, hasCopies: true);
        double Error(Tensor gradient) => ((gradient - exact).norm() / exact.norm()).item<float>();

        Assert.InRange(Error(cast), 1e-4, 3e-2);
        Assert.InRange(Error(copied), 1e-4, 1.1 * Error(cast));

        Tensor Gradients(Precision precision, bool hasCopies)
        {
            using T5 model = Model(tied, precision);
            using var flat = new FlatParameters([.. model.parameters()]);
            using StaticBackend pass = Create(model, flat, ModelGraphs.Attach(model, null), OwnKernels.Reference, hasCopies);
            pass.ForwardBackward(Batch(8), 1, accumulate: false);
            return flat.Gradients.clone();
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Steps_AfterTheWeightsWereReplaced_UseTheNewOnes(bool isRecorded)
    {
        static void Restore(FlatParameters flat, AdamW optimizer)
        {
            using IDisposable noGrad = no_grad();
            using Scalar half = 0.5;
            flat.Weights.mul_(half);
            optimizer.Steps = 3; // as a checkpoint does
        }

        string[] expected = Work(true, isRecorded, writesAnew: true, Restore);

        Assert.Equal(expected, Work(true, isRecorded, writesAnew: false, Restore));
        Assert.NotEqual(expected, Work(true, isRecorded, writesAnew: false, (_, _) => { }));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Steps_OfAdafactorWhichWritesNoCopies_UseThePresentWeights(bool hasPairs)
    {
        PackedBatch batch = hasPairs ? new(Batch(3).Rows, 0) { Pairs = [(0, 1)], PairWeight = 0.1f } : Batch(3);
        string[] Steps(bool writesAnew)
        {
            using DisposeScope scope = NewDisposeScope();
            using T5 model = Model(true);
            using var flat = new FlatParameters([.. model.parameters()]);
            ModelGraphs graphs = ModelGraphs.Attach(model, new ScriptedGraphs());
            OwnKernels kernels = OwnKernels.Reference;
            using StaticBackend pass = Create(model, flat, graphs, kernels, hasCopies: true);
            using var optimizer = new Adafactor([.. model.parameters()], ((ITrainingBackend)pass).CopyState);
            var figures = new List<string>();
            for (int step = 0; step < 6; step++)
            {
                pass.FlatCopies!.AreCurrent &= !writesAnew;
                figures.Add(Show(pass.ForwardBackward(batch, (ulong)step, accumulate: false)));
                optimizer.Step(1e-2);
                pass.FlatCopies.AreCurrent &= !writesAnew;
                figures.Add(Show(LossesOf(model, pass)));
                if (step == 3)
                {
                    Generate(model); // makes the copies current
                    using IDisposable noGrad = no_grad();
                    using Scalar half = 0.5;
                    flat.Weights.mul_(half);
                    optimizer.Steps = 1; // as a checkpoint does
                }
            }

            return [.. figures];
        }

        Assert.Equal(Steps(true), Steps(false));
    }

    [Theory]
    [InlineData(Precision.BFloat16, true, true)]
    [InlineData(Precision.BFloat16, false, false)]
    [InlineData(Precision.Float32, true, false)]
    public void Copies_AreThoseOfABFloat16ModelWithKernels(Precision precision, bool hasKernels, bool hasCopies)
    {
        using var model = new T5(SmallT5.Config, precision);
        using var flat = new FlatParameters([.. model.parameters()]);
        using StaticBackend pass = Create(model, flat, ModelGraphs.Attach(model, null), OwnKernels.Reference, hasKernels);

        Assert.Equal(hasCopies, pass.FlatCopies is not null);
        if (pass.FlatCopies?.All is { } all)
        {
            Assert.Equal(all.numel() * all.element_size(), FlatCopies.BytesOf(model.Config));
        }
    }

    [Fact]
    public void Dispose_OfThePass_ReturnsItsTensorsAndTheModelGoesOn()
    {
        using T5 model = Model(false);
        using var flat = new FlatParameters([.. model.parameters()]);
        ModelGraphs graphs = ModelGraphs.Attach(model, null);
        PackedBatch batch = Batch(3);
        model.eval();
        float[] expected = new AutogradBackend(model).Losses(batch);
        long live = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (StaticBackend pass = Create(model, flat, graphs, OwnKernels.Reference, true))
        {
            Assert.Equal(expected, pass.Losses(batch));
        }

        Assert.Equal(live, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.Equal(expected, new AutogradBackend(model).Losses(batch));
    }

    /// <summary>Trains, with evaluations between the steps, and shows every figure.</summary>
    /// <param name="writesAnew">Whether the copies are written from the weights before each use.</param>
    private static string[] Work(bool tied, bool isRecorded, bool writesAnew, Action<FlatParameters, AdamW> restore)
    {
        using DisposeScope scope = NewDisposeScope();
        using T5 model = Model(tied);
        using var flat = new FlatParameters([.. model.parameters()]);
        var recorder = new ScriptedGraphs();
        ModelGraphs graphs = ModelGraphs.Attach(model, isRecorded ? recorder : null);
        OwnKernels kernels = OwnKernels.Reference;
        using StaticBackend pass = Create(model, flat, graphs, kernels, hasCopies: true);
        using var optimizer = new AdamW([.. model.parameters()], flat, pass.FlatCopies);
        optimizer.Use(kernels);
        var update = new StaticUpdate(optimizer, flat, graphs.Cache);
        var figures = new List<string>();
        for (int step = 0; step < 9; step++)
        {
            pass.FlatCopies!.AreCurrent &= !writesAnew;
            if (step % 4 == 0) // before the first step too, when nothing has written the copies
            {
                figures.Add(Show(LossesOf(model, pass)));
                IReadOnlyList<GeneratedIds> written = Generate(model);
                figures.Add(Show(written.SelectMany(answer => answer.LogProbabilities!)));
            }

            if (step == 5)
            {
                restore(flat, optimizer);
            }

            pass.FlatCopies.AreCurrent &= !writesAnew;
            figures.Add(Show(pass.ForwardBackward(Batch(3), (ulong)step, accumulate: false)));
            figures.Add(Show(pass.ForwardBackward(Batch(8), (ulong)step, accumulate: true)));
            figures.Add(Show([update.Run(1e-2).item<float>()]));
        }

        Assert.Equal(isRecorded, recorder.Replays > 10);
        return [.. figures];
    }

    private static IReadOnlyList<GeneratedIds> Generate(T5 model) => SequenceGenerator.Generate(
        model, [[5, 6, 1], [9, 1]], new GenerationOptions { MaxNewTokens = 7, IsScored = true }, Cancellation);

    private static float[] LossesOf(T5 model, StaticBackend pass)
    {
        model.eval();
        float[] losses = pass.Losses(Batch(3));
        model.train();
        return losses;
    }

    private static StaticBackend Create(T5 model, FlatParameters flat, ModelGraphs graphs, OwnKernels kernels, bool hasCopies)
    {
        if (hasCopies)
        {
            kernels.AttachTo(model);
        }

        var pass = new StaticBackend(model, flat, graphs);
        kernels.AttachTo(model); // the same kernels without copies
        return pass;
    }

    private static T5 Model(bool tied, Precision precision = Precision.BFloat16)
    {
        var model = new T5(SmallT5.Config with { TieWordEmbeddings = tied, DropoutRate = 0.1, FeedForwardProj = "gated-gelu" }, precision);
        model.InitializeWeights(4);
        model.train();
        return model;
    }

    private static PackedBatch Batch(int longest)
    {
        var random = new SeededRandom((ulong)longest);
        int[] Ids(int length) => [.. Enumerable.Range(0, length).Select(_ => 2 + random.Next(40)), T5Tokenizer.EndId];
        return new([new(new(Ids(4), Ids(1)), 0, 0.3f, 0), new(new(Ids(1), Ids(longest)), 0, 0.2f, 5)], 0);
    }

    private static string Show(IEnumerable<float> figures) => string.Join(' ', figures.Select(figure => figure.ToString("R")));
}
