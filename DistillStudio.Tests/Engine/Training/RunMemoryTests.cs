using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Backends.Gpu;
using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Generation;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Engine.Training;

public sealed class RunMemoryTests
{
    private static readonly T5Config Base = SmallT5.Config with
    {
        VocabSize = 32128,
        DModel = 768,
        DKv = 64,
        DFf = 2048,
        NumLayers = 12,
        NumDecoderLayers = 12,
        NumHeads = 12,
        FeedForwardProj = "gated-gelu",
        TieWordEmbeddings = false,
    };

    private static readonly StepTokens Tokens = new(Sequences: 128, Inputs: 5000, Targets: 3000, LongestInput: 90, LongestTarget: 60);

    [Theory]
    [InlineData(5, 17, 40, Precision.Float32)]
    [InlineData(9, 3, 150, Precision.Float32)] // the positions grow twice
    [InlineData(1, 33, 64, Precision.BFloat16)]
    public void OfGeneration_IsWhatGenerationAllocates(int rows, int longest, int answer, Precision precision)
    {
        using var model = new T5(SmallT5.Config with { InitializerFactor = 1.5 }, precision);
        model.InitializeWeights(2);
        ModelGraphs graphs = ModelGraphs.Attach(model, null);
        int[][] inputs = [.. Enumerable.Range(0, rows).Select(row => Enumerable.Repeat(2 + row, longest - 1).Append(1).ToArray())];
        bool reachesTheLimit = SequenceGenerator.Generate(
            model, inputs, new GenerationOptions { MaxNewTokens = answer, BatchSize = rows }, TestContext.Current.CancellationToken)
            .Any(written => written.IsTruncated);

        Assert.True(reachesTheLimit);
        Assert.Equal(
            graphs.Decoding(model).Bytes, StaticMemory.OfGeneration(model.Config, precision, rows, longest, answer));
    }

    [Fact]
    public void BytesOf_ABatch_AreThoseOfItsBuffers()
    {
        var shape = new StaticShape(8, 256, 128, 48, 32);
        using var batch = new StaticBatch(shape, CPU);
        (PaddedRows source, PaddedRows target) = (batch.Source[0], batch.Target[0]);
        Tensor[] parts =
        [
            batch.InputIds, batch.DecoderIds, batch.Targets, batch.Weights, batch.Losses, batch.DeviceSourceKeys, batch.DeviceTargetKeys,
            batch.DeviceSequences, batch.DeviceSeed, source.Places!, source.Bias!, source.OnDevice!.Owners, source.OnDevice.Starts,
            target.Places!, target.OnDevice!.Owners, target.OnDevice.Starts,
        ];

        Assert.Equal(parts.Sum(part => part.numel() * part.element_size()), StaticBatch.BytesOf(shape));
    }

    [Fact]
    public void Bytes_OnAGpu_HaveGraphsAndGenerationOnlyThere()
    {
        RunSpec spec = RunDefaults.Paper with { BatchSize = 64, GenMaxLen = 64 };
        long Bytes(RunSpec of, bool isOnGpu) => RunMemory.Bytes(Base, of, Tokens, Precision.BFloat16, isOnGpu);
        long graphs = Bytes(spec, true) - Bytes(spec with { NoCudaGraphs = true }, true);
        long longer = Bytes(spec with { GenMaxLen = 256 }, true) - Bytes(spec, true);

        Assert.Equal(StaticMemory.OfGraphs(Base, Precision.BFloat16, Tokens, hasOwnKernels: true), graphs);
        Assert.InRange(graphs, 1L << 30, 16L << 30); // one step's activations of this shape
        Assert.True(longer > 200L << 20);
        Assert.Equal(Bytes(spec, false), Bytes(spec with { NoCudaGraphs = true }, false));
    }

    /// <summary>With many threads an evaluation computes in teams, each with memory of its own.</summary>
    [Fact]
    public void Bytes_OnACpu_HaveRoomForTheTeamsAndCachesOfEvaluations()
    {
        RunSpec spec = RunDefaults.Paper with { BatchSize = 64, GenMaxLen = 64, Threads = 4 };
        long Bytes(RunSpec of) => RunMemory.Bytes(Base, of, Tokens, Precision.Float32, isOnGpu: false);
        long Step(int threads) => StepMemory.Bytes(Base, Precision.Float32, DeviceType.CPU, Tokens, threads);
        long teams = Bytes(spec with { Threads = 16 }) - Step(16) - Bytes(spec) + Step(4);
        long longer = Bytes(spec with { GenMaxLen = 256 }) - Bytes(spec);

        Assert.InRange(teams, 400L << 20, 800L << 20); // 16 teams of 512 tokens each, most of it logits
        Assert.Equal(64L * (256 - 64) * 2 * 12 * 768 * sizeof(float), longer);
    }

    /// <summary>AdamW's kernel writes the copies that steps and generation read; without it each casts the weights for itself.</summary>
    [Fact]
    public void Bytes_InBFloat16_CountOneCopyOfTheWeightsWithOwnKernels()
    {
        RunSpec spec = RunDefaults.Paper with { BatchSize = 64, GenMaxLen = 64 };
        long Bytes(RunSpec of, Precision precision) => RunMemory.Bytes(Base, of, Tokens, precision, isOnGpu: true);
        long Tensors(Precision precision, bool hasOwnKernels) => StepMemory.OfTensors(Base, precision, Tokens, hasOwnKernels);
        long Graphs(Precision precision, bool hasOwnKernels) => StaticMemory.OfGraphs(Base, precision, Tokens, hasOwnKernels);
        long Casts(bool hasGraphs, Precision precision)
        {
            RunSpec own = spec with { NoCudaGraphs = !hasGraphs };
            return Bytes(own with { NoOwnKernels = true }, precision) - Bytes(own, precision)
                - Tensors(precision, false) + Tensors(precision, true)
                - (hasGraphs ? Graphs(precision, false) - Graphs(precision, true) : 0);
        }

        long copies = FlatCopies.BytesOf(Base);

        Assert.Equal(copies, Casts(hasGraphs: false, Precision.BFloat16)); // of generation
        Assert.Equal(2 * copies, Casts(hasGraphs: true, Precision.BFloat16)); // of the recorded steps too
        Assert.Equal(0, Casts(hasGraphs: true, Precision.Float32));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Bytes_OfTinyBatches_HaveRoomForTheSecondModelOfTheFinalTest(bool isOnGpu)
    {
        RunSpec spec = RunDefaults.Paper with
        {
            BatchSize = 1,
            GenMaxLen = 1,
            NoCudaGraphs = true,
            OptimizerName = OptimizerName.Adafactor,
            Threads = 1,
        };
        long bytes = RunMemory.Bytes(Base, spec, new(1, 8, 8, 8, 8), Precision.Float32, isOnGpu);
        long weights = Base.ParameterCount * sizeof(float);

        // weights, gradients and the second weights, on the CPU the copy that generation packs too; the program itself takes 240 MB
        Assert.InRange(bytes, (240L << 20) + ((isOnGpu ? 3 : 4) * weights), (500L << 20) + ((isOnGpu ? 3 : 4) * weights));
    }

    [Theory]
    [InlineData(64, 64)]
    [InlineData(int.MaxValue, int.MaxValue)] // while someone types
    [InlineData(0, -1)]
    public void Bytes_OfAbsurdSettings_AreStillANumber(int batchSize, int answer)
    {
        RunSpec spec = RunDefaults.Paper with { BatchSize = batchSize, GenMaxLen = answer };

        Assert.True(RunMemory.Bytes(
            Base, spec, new(1 << 16, 1L << 40, 1L << 40, 1 << 14, 1 << 14), Precision.Float32, true) > 1L << 40);
    }
}
