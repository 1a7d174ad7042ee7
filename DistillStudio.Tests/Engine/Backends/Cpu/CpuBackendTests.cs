using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Backends.Cpu;
using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Text;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Engine.Backends.Cpu;

public sealed class CpuBackendTests(ITestOutputHelper output)
{
    private const ulong Seed = 11;

    public static TheoryData<string, double> NamesAndRates => new(ReferenceT5.Names.SelectMany(
        name => new[] { 0, 0.1, 0.5 }.Select(rate => ((string)name.Data, rate))));

    [Theory]
    [MemberData(nameof(ReferenceT5.Names), MemberType = typeof(ReferenceT5))]
    public void ForwardBackward_OfReferenceModel_AgreesWithHuggingFace(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using var reference = new ReferenceT5(name);
        using T5 model = HuggingFaceFolder.Load(reference.Folder);
        using var pass = new CpuBackend<Float32Format>(model);
        foreach (string batch in (string[])["pred", "expl"])
        {
            PackedBatch packed = Packed(reference, batch, model.Config);
            float[] losses = pass.ForwardBackward(packed, Seed, accumulate: false);

            Check("loss", 1e-5, ReferenceT5.Difference(reference[$"{batch}.loss"], tensor(losses.Average()).view(1)));
            Dictionary<string, Parameter> parameters = model.named_parameters().ToDictionary(p => p.name, p => p.parameter);
            IReadOnlyList<string> gradients = reference.GradientNames(batch);
            Assert.Equal(parameters.Count, gradients.Count);
            Check(
                "gradients", 1e-4,
                gradients.Max(key => ReferenceT5.Difference(reference[key], parameters[key[$"{batch}.grad.".Length..]].grad!)));
        }
    }

    [Theory]
    [MemberData(nameof(NamesAndRates))]
    public void ForwardBackward_WithSharedMasks_AgreesWithAutogradOnEveryParameter(string name, double rate)
    {
        using DisposeScope scope = NewDisposeScope();
        using T5 model = WithDropout(name, rate, Precision.Float32);
        PackedBatch batch = Mixed(model.Config);
        float[] expected = Autograd(model, batch, out Dictionary<string, Tensor> gradients);
        using var pass = new CpuBackend<Float32Format>(model);
        float[] actual = pass.ForwardBackward(batch, Seed, accumulate: false);

        Check("losses", 1e-5, ReferenceT5.Difference(tensor(expected), tensor(actual)));
        foreach ((string parameter, Parameter value) in model.named_parameters())
        {
            Check(parameter, 1e-4, ReferenceT5.Difference(gradients[parameter], value.grad!));
        }
    }

    [Theory]
    [MemberData(nameof(ReferenceT5.Names), MemberType = typeof(ReferenceT5))]
    public void ForwardBackward_InBFloat16_IsAsCloseToFloat32AsAutograd(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using T5 exact = WithDropout(name, 0.1, Precision.Float32);
        using T5 model = WithDropout(name, 0.1, Precision.BFloat16);
        PackedBatch batch = Mixed(model.Config);
        Autograd(exact, batch, out Dictionary<string, Tensor> expected);
        Autograd(model, batch, out Dictionary<string, Tensor> rounded);
        using var pass = new CpuBackend<BFloat16Format>(model);
        pass.ForwardBackward(batch, Seed, accumulate: false);

        double Error(Func<string, Tensor> gradient) =>
            expected.Average(e => ((gradient(e.Key) - e.Value).norm() / e.Value.norm()).item<float>());
        double autograd = Error(parameter => rounded[parameter]);
        double byHand = Error(parameter => model.get_parameter(parameter)!.grad!);
        output.WriteLine($"autograd {autograd:e2}, by hand {byHand:e2}");
        Assert.InRange(byHand, 0, 1.5 * autograd);
        Assert.InRange(byHand, 1e-4, 0.1);
    }

    [Fact]
    public void ForwardBackward_AccumulatingAPass_DoublesTheGradients()
    {
        using DisposeScope scope = NewDisposeScope();
        using T5 model = WithDropout("t5-relu-tied", 0.1, Precision.Float32);
        PackedBatch batch = Mixed(model.Config);
        using var pass = new CpuBackend<Float32Format>(model);
        pass.ForwardBackward(batch, Seed, accumulate: false);
        Tensor[] once = [.. model.parameters().Select(p => p.grad!.clone())];
        pass.ForwardBackward(batch, Seed, accumulate: true);

        Assert.All(
            once.Zip(model.parameters()), pair => Assert.InRange(ReferenceT5.Difference(pair.First * 2, pair.Second.grad!), 0, 1e-5));
    }

    [Fact]
    public void ForwardBackward_Repeated_IsBitwiseEqualWhateverCameBetween()
    {
        using DisposeScope scope = NewDisposeScope();
        using T5 model = WithDropout("t5-gated-gelu-untied", 0.1, Precision.Float32);
        using var pass = new CpuBackend<Float32Format>(model);
        PackedBatch batch = Mixed(model.Config);
        float[] first = pass.ForwardBackward(batch, Seed, accumulate: false);
        Tensor[] gradients = [.. model.parameters().Select(p => p.grad!.clone())];
        pass.ForwardBackward(new PackedBatch([batch.Rows[2]], model.Config.DecoderStartTokenId), 3, accumulate: false);
        pass.Losses(batch);
        float[] second = pass.ForwardBackward(batch, Seed, accumulate: false);

        Assert.Equal(first, second);
        Assert.All(gradients.Zip(model.parameters()), pair => Assert.True(pair.First.equal(pair.Second.grad!).all().item<bool>()));
        Assert.NotEqual(first, pass.ForwardBackward(batch, Seed + 1, accumulate: false));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void ForwardBackward_OnAnyNumberOfThreads_AgreesWithAutograd(int threads)
    {
        double difference = double.NaN;
        var thread = new Thread(() => // the number of threads is kept per thread
        {
            set_num_threads(threads);
            using DisposeScope scope = NewDisposeScope();
            using T5 model = WithDropout("t5-gated-gelu-untied", 0.1, Precision.Float32);
            PackedBatch batch = Mixed(model.Config);
            Autograd(model, batch, out Dictionary<string, Tensor> gradients);
            using var pass = new CpuBackend<Float32Format>(model);
            pass.ForwardBackward(batch, Seed, accumulate: false);
            difference = model.named_parameters().Max(p => ReferenceT5.Difference(gradients[p.name], p.parameter.grad!));
        });
        thread.Start();
        thread.Join();

        Check("gradients", 1e-4, difference);
    }

    [Theory]
    [InlineData("relu", true, true)]
    [InlineData("gelu_new", true, true)]
    [InlineData("gated-silu", false, false)]
    [InlineData("gated-relu", true, true)]
    [InlineData("gated-gelu", true, false)]
    [InlineData("relu", false, true)]
    public void ForwardBackward_OfOtherShapes_AgreesWithAutograd(string feedForward, bool tied, bool scaled)
    {
        using DisposeScope scope = NewDisposeScope();
        using var model = new T5(
            SmallT5.Config with
            {
                FeedForwardProj = feedForward,
                TieWordEmbeddings = tied,
                ScaleDecoderOutputs = scaled,
                DropoutRate = 0.2,
            });
        model.InitializeWeights(4);
        model.train();
        PackedBatch batch = Mixed(model.Config);
        float[] expected = Autograd(model, batch, out Dictionary<string, Tensor> gradients);
        using var pass = new CpuBackend<Float32Format>(model);

        Check("losses", 1e-5, ReferenceT5.Difference(tensor(expected), tensor(pass.ForwardBackward(batch, Seed, accumulate: false))));
        Assert.All(model.named_parameters(), p => Check(p.name, 2e-4, ReferenceT5.Difference(gradients[p.name], p.parameter.grad!)));
    }

    [Fact]
    public void Losses_OfAModelThatTrains_AreWithoutDropout()
    {
        using DisposeScope scope = NewDisposeScope();
        using T5 model = WithDropout("t5-relu-tied", 0.5, Precision.Float32);
        PackedBatch batch = Mixed(model.Config);
        using var pass = new CpuBackend<Float32Format>(model);
        model.eval();
        using var autograd = new AutogradBackend(model);

        Check("losses", 1e-5, ReferenceT5.Difference(tensor(autograd.Losses(batch)), tensor(pass.Losses(batch))));
        Assert.All(model.parameters(), parameter => Assert.Null(parameter.grad));
    }

    [Theory]
    [InlineData("t5-relu-tied", Precision.Float32)]
    [InlineData("t5-relu-tied", Precision.BFloat16)]
    [InlineData("t5-gated-gelu-untied", Precision.Float32)]
    public void Step_AfterTheFirst_AllocatesItsLossesAndNothingElse(string name, Precision precision)
    {
        using T5 model = WithDropout(name, 0.1, precision);
        using ITrainingBackend pass =
            precision == Precision.Float32 ? new CpuBackend<Float32Format>(model) : new CpuBackend<BFloat16Format>(model);
        using var optimizer = new DistillStudio.Engine.Optimization.AdamW([.. model.parameters()]);
        PackedBatch batch = Mixed(model.Config);
        float[] losses = [];
        long Bytes(Action action)
        {
            action();
            action();
            long before = GC.GetAllocatedBytesForCurrentThread();
            action();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        long taken = Bytes(() =>
        {
            losses = pass.ForwardBackward(batch, Seed, accumulate: false);
            optimizer.Step(1e-4, 0.5);
        });
        Assert.Equal(Bytes(() => losses = new float[losses.Length]), taken);
    }

    private static float[] Autograd(T5 model, PackedBatch batch, out Dictionary<string, Tensor> gradients)
    {
        using var pass = new AutogradBackend(model);
        float[] losses = pass.ForwardBackward(batch, Seed, accumulate: false);
        gradients = model.named_parameters().ToDictionary(p => p.name, p => p.parameter.grad!.clone());
        return losses;
    }

    /// <summary>The reference's weights in a model with dropout, in train mode.</summary>
    private static T5 WithDropout(string name, double rate, Precision precision)
    {
        using var reference = new ReferenceT5(name);
        using T5 loaded = HuggingFaceFolder.Load(reference.Folder);
        var model = new T5(loaded.Config with { DropoutRate = rate }, precision);
        using IDisposable noGrad = no_grad();
        foreach ((Parameter to, Parameter from) in model.parameters().Zip(loaded.parameters()))
        {
            to.copy_(from);
        }

        model.train();
        return model;
    }

    private static PackedBatch Packed(ReferenceT5 reference, string batch, T5Config config)
    {
        (Tensor _, Tensor _, Tensor labels) = reference.Batch(batch);
        int[][] targets = [
            .. labels.data<long>().ToArray().Chunk((int)labels.shape[1]).Select(
                row => row.Where(id => id >= 0).Select(id => (int)id).ToArray())
        ];
        float weight = 1f / targets.Sum(target => target.Length);
        return new(
            [
                .. reference.Inputs(batch).Zip(targets, (input, target) => new TokenPair(input, target)).Select(
                    (pair, i) => new PackedRow(pair, 0, weight, (uint)i))
            ],
            config.DecoderStartTokenId);
    }

    /// <summary>Two tasks of unequal lengths and weights; more rows than a kernel's part has.</summary>
    private static PackedBatch Mixed(T5Config config)
    {
        var random = new SeededRandom(5);
        int[] Ids(int length) => [.. Enumerable.Range(0, length).Select(_ => 2 + random.Next(config.VocabSize - 2)), T5Tokenizer.EndId];
        return new(
            [
                .. Enumerable.Range(0, 9).Select(
                    i => new PackedRow(
                        new TokenPair(Ids(2 + (5 * i)), Ids(i < 5 ? 1 + i : 4 * i)), i < 5 ? 0 : 1, i < 5 ? 0.02f : 0.005f, (uint)(i * 3)))
            ],
            config.DecoderStartTokenId);
    }

    private void Check(string what, double tolerance, double difference)
    {
        output.WriteLine($"{what}: {difference:e1}");
        Assert.InRange(difference, 0, tolerance);
    }
}
