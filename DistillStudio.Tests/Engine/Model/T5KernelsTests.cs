using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Kernels.Gpu;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Engine.Text;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Engine.Model;

/// <summary>Whole models whose kernels run on the simulator.</summary>
public sealed class T5KernelsTests : IDisposable
{
    private const ulong Seed = 0xF000000000000011; // more than a signed number holds

    private readonly SimulatedLauncher _launcher = new();

    [Theory]
    [InlineData("t5-relu-tied", true)]
    [InlineData("t5-relu-tied", false)]
    [InlineData("t5-gated-gelu-untied", true)]
    [InlineData("t5-gated-gelu-untied", false)]
    public void ForwardBackward_OfReferenceModel_AgreesWithHuggingFace(string name, bool hasAttention)
    {
        using DisposeScope scope = NewDisposeScope();
        using var reference = new ReferenceT5(name);
        using T5 model = HuggingFaceFolder.Load(reference.Folder);
        model.Dropout.Operations = hasAttention ? Kernels() : WithoutAttention();
        using var pass = new AutogradBackend(model);
        (Tensor _, Tensor _, Tensor labels) = reference.Batch("expl");
        int[][] targets = [
            .. labels.data<long>().ToArray().Chunk((int)labels.shape[1]).Select(
                row => row.Where(id => id >= 0).Select(id => (int)id).ToArray())
        ];
        float weight = 1f / targets.Sum(target => target.Length);
        IEnumerable<TokenPair> pairs = reference.Inputs("expl").Zip(targets, (input, target) => new TokenPair(input, target));
        float[] losses = pass.ForwardBackward(
            new PackedBatch([.. pairs.Select((pair, i) => new PackedRow(pair, 0, weight, (uint)i))], model.Config.DecoderStartTokenId),
            Seed, accumulate: false);

        Assert.InRange(ReferenceT5.Difference(reference["expl.loss"], tensor(losses.Average()).view(1)), 0, 1e-5);
        Dictionary<string, Parameter> parameters = model.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        Assert.All(reference.GradientNames("expl"), key =>
            Assert.InRange(ReferenceT5.Difference(reference[key], parameters[key["expl.grad.".Length..]].grad!), 0, 1e-4));
    }

    [Theory]
    [InlineData("relu", true)]
    [InlineData("gelu", false)] // has no kernel
    [InlineData("gated-gelu", false)]
    [InlineData("gated-silu", true)]
    public void ForwardBackward_WithDropout_HasTheLossesAndGradientsOfTheCpu(string feedForward, bool tied)
    {
        using DisposeScope scope = NewDisposeScope();
        using T5 model = Small(feedForward, tied, Precision.Float32);
        PackedBatch batch = Mixed(model.Config, 3);
        (float[] expected, Tensor[] gradients) = Run(model, batch, null);
        (float[] actual, Tensor[] own) = Run(model, batch, Kernels());
        (float[] byProducts, Tensor[] products) = Run(model, batch, WithoutAttention());
        (float[] byOperators, Tensor[] same) = Run(model, batch, new TorchOperations());

        Assert.InRange(ReferenceT5.Difference(tensor(expected), tensor(actual)), 0, 1e-5);
        Assert.InRange(ReferenceT5.Difference(tensor(expected), tensor(byProducts)), 0, 1e-5);
        Assert.InRange(ReferenceT5.Difference(tensor(expected), tensor(byOperators)), 0, 1e-5);
        Assert.All(gradients.Zip(own), pair => Assert.InRange(ReferenceT5.Difference(pair.First, pair.Second), 0, 2e-4));
        Assert.All(gradients.Zip(products), pair => Assert.InRange(ReferenceT5.Difference(pair.First, pair.Second), 0, 2e-4));
        Assert.All(gradients.Zip(same), pair => Assert.InRange(ReferenceT5.Difference(pair.First, pair.Second), 0, 2e-4));
    }

    /// <summary>What one operation hands to another must not depend on which of the two is a kernel.</summary>
    [Fact]
    public void ForwardBackward_WithoutOneOperation_HasTheGradientsOfAll()
    {
        using DisposeScope scope = NewDisposeScope();
        using T5 model = Small("gated-silu", true, Precision.Float32);
        PackedBatch batch = Mixed(model.Config, 3);
        (float[] expected, Tensor[] gradients) = Run(model, batch, new TorchOperations());
        Assert.All(Enum.GetValues<FusedOperation>().Except([FusedOperation.Attention, FusedOperation.Adam]), left =>
        {
            FusedOperations operations = WithoutAttention();
            operations.LeaveOut(left, null);
            (float[] actual, Tensor[] own) = Run(model, batch, operations);

            Assert.InRange(ReferenceT5.Difference(tensor(expected), tensor(actual)), 0, 1e-5);
            Assert.All(gradients.Zip(own), pair => Assert.InRange(ReferenceT5.Difference(pair.First, pair.Second), 0, 2e-4));
        });
    }

    [Fact]
    public void ForwardBackward_InBFloat16_IsAsCloseToFloat32AsAutograd()
    {
        using DisposeScope scope = NewDisposeScope();
        using T5 exact = Small("gated-gelu", false, Precision.Float32);
        using T5 model = Small("gated-gelu", false, Precision.BFloat16);
        PackedBatch batch = Mixed(model.Config, 3);
        (float[] _, Tensor[] expected) = Run(exact, batch, null);
        double Error(IFusedOperations? operations) =>
            expected.Zip(Run(model, batch, operations).Gradients).Average(
                pair => ((pair.Second - pair.First).norm() / pair.First.norm()).item<float>());
        (double autograd, double own) = (Error(null), Error(Kernels()));

        Assert.InRange(own, 0, 1.5 * autograd);
        Assert.InRange(own, 1e-4, 0.1);
    }

    [Fact]
    public void ForwardBackward_Repeated_IsBitwiseEqualAndDependsOnTheSeed()
    {
        using DisposeScope scope = NewDisposeScope();
        using T5 model = Small("relu", true, Precision.Float32);
        PackedBatch batch = Mixed(model.Config, 20); // labels and rationales in parts of their own
        (float[] first, Tensor[] gradients) = Run(model, batch, Kernels());
        (float[] second, Tensor[] again) = Run(model, batch, Kernels());

        Assert.Equal(first, second);
        Assert.All(gradients.Zip(again), pair => Assert.True(pair.First.equal(pair.Second).all().item<bool>()));
        Assert.NotEqual(first, Run(model, batch, Kernels(), Seed + 1).Losses);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Steps_OfContiguousWeights_AreThoseWithoutKernelsAndLeaveNoTensorBehind(bool clips)
    {
        var counts = new List<long>();
        float[][] Steps(OwnKernels? kernels)
        {
            using DisposeScope scope = NewDisposeScope();
            using T5 model = Small("relu", true, Precision.Float32);
            using var flat = new FlatParameters([.. model.parameters()]);
            using var optimizer = new DistillStudio.Engine.Optimization.AdamW([.. model.parameters()], flat);
            optimizer.Use(kernels);
            kernels?.AttachTo(model);
            using var pass = new AutogradBackend(model, flat);
            var losses = new List<float[]>();
            for (ulong step = 0; step < 4; step++)
            {
                losses.Add(pass.ForwardBackward(Mixed(model.Config, 3), step, accumulate: false));
                using Tensor half = tensor(0.5f);
                optimizer.Step(1e-2, 0.7, clips ? half : null);
                counts.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount);
            }

            return [.. losses];
        }

        float[][] expected = Steps(null);
        using OwnKernels kernels = OwnKernels.Open(CPU, new SimulatedLauncher(), report => Assert.Fail(report))!;
        counts.Clear();
        float[][] actual = Steps(kernels);

        Assert.All(expected.Zip(actual), pair => Assert.InRange(ReferenceT5.Difference(tensor(pair.First), tensor(pair.Second)), 0, 1e-3));
        Assert.True(expected[3].Sum() < expected[0].Sum());
        Assert.Equal(counts[1], counts[^1]);
    }

    [Fact]
    public void ForwardBackward_KernelThatFailsInTheBackwardPass_IsReplacedAndReported()
    {
        using DisposeScope scope = NewDisposeScope();
        using T5 model = Small("gated-gelu", false, Precision.Float32);
        PackedBatch batch = Mixed(model.Config, 3);
        (float[] _, Tensor[] expected) = Run(model, batch, null);
        var reports = new List<string>();
        var failing = new FailingLauncher(_launcher, "Backward");
        var fused = new FusedOperations(new GpuOperations(failing), new TorchOperations(), reports.Add);
        (float[] _, Tensor[] actual) = Run(model, batch, fused);

        Assert.Equal(4, reports.Count); // those with a backward kernel
        Assert.All(reports, report => Assert.EndsWith("out of registers", report, StringComparison.Ordinal));
        Assert.All(expected.Zip(actual), pair => Assert.InRange(ReferenceT5.Difference(pair.First, pair.Second), 0, 2e-4));
    }

    [Fact]
    public void ForwardBackward_BackwardPassThatCannotBeReplaced_FailsWithASentence()
    {
        using DisposeScope scope = NewDisposeScope();
        using T5 model = Small("relu", true, Precision.Float32);
        var operations = new GpuOperations(new FailingLauncher(_launcher, "Backward"));
        var e = Assert.Throws<StudioException>(() => Run(model, Mixed(model.Config, 3), operations));

        Assert.Equal("The gradients could not be computed: out of registers", e.Message);
        Run(model, Mixed(model.Config, 3), Kernels()); // the next pass is not affected
    }

    /// <summary>A run can then give up its graphs, or name a batch that fits; no kernel is left out for it.</summary>
    [Theory]
    [InlineData("Forward")]
    [InlineData("Backward")]
    public void ForwardBackward_MemoryRunsOutInAKernel_IsThrownAsItIs(string where)
    {
        using DisposeScope scope = NewDisposeScope();
        using T5 model = Small("gated-gelu", false, Precision.Float32);
        var failing = new FailingLauncher(_launcher, where, new NativeException("CUDA out of memory. Tried to allocate 2.00 GiB."));
        var fused = new FusedOperations(new GpuOperations(failing), new TorchOperations(), report => Assert.Fail(report));

        var e = Assert.Throws<NativeException>(() => Run(model, Mixed(model.Config, 3), fused));
        Assert.True(NativeErrors.IsOutOfMemory(e));
        Assert.Empty(fused.LeftOut);
        Run(model, Mixed(model.Config, 3), Kernels()); // the next pass is not affected
    }

    [Fact]
    public void Losses_AndGeneration_AreThoseWithoutKernels()
    {
        using DisposeScope scope = NewDisposeScope();
        using T5 model = Small("relu", true, Precision.Float32);
        PackedBatch batch = Mixed(model.Config, 3);
        using var pass = new AutogradBackend(model);
        model.eval();
        float[] expected = pass.Losses(batch);
        model.Dropout.Operations = Kernels();

        Assert.Equal(expected, pass.Losses(batch));
        Assert.Null(model.Dropout.Kernels);
    }

    public void Dispose() => _launcher.Dispose();

    private static T5 Small(string feedForward, bool tied, Precision precision)
    {
        var model = new T5(
            SmallT5.Config with { FeedForwardProj = feedForward, TieWordEmbeddings = tied, DropoutRate = 0.2, NumDecoderLayers = 2 },
            precision);
        model.InitializeWeights(4);
        model.train();
        return model;
    }

    private static PackedBatch Mixed(T5Config config, int longest)
    {
        var random = new SeededRandom(5);
        int[] Ids(int length) => [.. Enumerable.Range(0, length).Select(_ => 2 + random.Next(config.VocabSize - 2)), T5Tokenizer.EndId];
        return new(
            [
                new(new(Ids(4), Ids(0)), 0, 0.3f, 0), new(new(Ids(1), Ids(1)), 0, 0.2f, 0xFFFFFF),
                new(new(Ids(4), Ids(longest)), 1, 0.1f, 7),
            ],
            config.DecoderStartTokenId);
    }

    private static (float[] Losses, Tensor[] Gradients) Run(
        T5 model, PackedBatch batch, IFusedOperations? operations, ulong seed = Seed)
    {
        model.Dropout.Operations = operations;
        using var pass = new AutogradBackend(model);
        float[] losses = pass.ForwardBackward(batch, seed, accumulate: false);
        return (losses, [.. model.parameters().Select(p => p.grad!.clone())]);
    }

    private GpuOperations Kernels() => new(_launcher);

    private FusedOperations WithoutAttention()
    {
        var operations = new FusedOperations(Kernels(), new TorchOperations(), report => Assert.Fail(report));
        operations.LeaveOut(FusedOperation.Attention, null);
        return operations;
    }

    private sealed class FailingLauncher(IKernelLauncher inner, string failing, Exception? failure = null) : IKernelLauncher
    {
        public int ThreadsFor(int width) => inner.ThreadsFor(width);

        public void Launch(GpuKernel kernel, int groups, int threads, params ReadOnlySpan<KernelArgument> arguments)
        {
            if (kernel.Method.Name == failing)
            {
                throw failure ?? new StudioException("out of registers");
            }

            inner.Launch(kernel, groups, threads, arguments);
        }

        public void Dispose()
        {
        }
    }
}
