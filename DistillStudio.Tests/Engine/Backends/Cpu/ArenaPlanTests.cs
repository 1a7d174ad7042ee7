using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Backends.Cpu;
using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Text;
using DistillStudio.Engine.Training;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Engine.Backends.Cpu;

/// <summary>The memory of a step is known before the step. The shapes are wide enough for the arena's slabs to be small in
/// comparison.</summary>
public sealed class ArenaPlanTests(ITestOutputHelper output)
{
    private static readonly T5Config Config =
        new() { VocabSize = 2000, DModel = 256, DKv = 32, DFf = 1024, NumLayers = 5, NumDecoderLayers = 6, NumHeads = 8 };

    [Theory]
    [InlineData("relu", true, Precision.Float32, 90, 40)]
    [InlineData("relu", true, Precision.BFloat16, 90, 40)]
    [InlineData("gated-gelu", false, Precision.Float32, 70, 50)]
    [InlineData("gated-gelu", false, Precision.BFloat16, 70, 50)]
    [InlineData("relu", true, Precision.Float32, 20, 120)]
    public void Plan_BeforeAStep_EqualsWhatTheStepAllocates(string activation, bool isTied, Precision precision, int input, int target)
    {
        const int Sequences = 32;
        T5Config config = Config with { FeedForwardProj = activation, TieWordEmbeddings = isTied };
        using T5 model = Create(config, precision);
        var batch = new PackedBatch(
            [.. Rows(Sequences, input, target).Select((tokens, i) => new PackedRow(tokens, 0, 1, (uint)i))], config.DecoderStartTokenId);

        long planned = ArenaPlan.Bytes(
            config, precision, new StepTokens(Sequences, batch.InputIds.Length, batch.Targets.Length, input, target), ParallelTeam.Size);
        long taken = precision == Precision.BFloat16
            ? TakenBy(new CpuBackend<BFloat16Format>(model), batch)
            : TakenBy(new CpuBackend<Float32Format>(model), batch);

        output.WriteLine($"{planned / 1e6:0} MB planned, {taken / 1e6:0} MB taken");
        Assert.InRange((double)planned / taken, 0.88, 1.12);
    }

    /// <summary>The losses of an evaluation need one block's memory at a time, whatever the number of blocks.</summary>
    [Theory]
    [InlineData(Precision.Float32)]
    [InlineData(Precision.BFloat16)]
    public void OfLosses_BeforeTheyAreComputed_IsWhatTheyAllocate_AndAFractionOfAStep(Precision precision)
    {
        const int Sequences = 64;
        using T5 model = Create(Config, precision);
        var batch = new PackedBatch(
            [.. Rows(Sequences, 300, 200).Select((tokens, i) => new PackedRow(tokens, 0, 1, (uint)i))], Config.DecoderStartTokenId);
        var tokens = new StepTokens(Sequences, batch.InputIds.Length, batch.Targets.Length, 300, 200);

        long planned = ArenaPlan.OfLosses(Config, precision, tokens, ParallelTeam.Size);
        long taken = precision == Precision.BFloat16
            ? TakenByLosses(new CpuBackend<BFloat16Format>(model), batch)
            : TakenByLosses(new CpuBackend<Float32Format>(model), batch);

        output.WriteLine($"{planned / 1e6:0} MB planned, {taken / 1e6:0} MB taken");
        Assert.InRange(planned, taken - (2 * Arena.SlabBytes), taken * 1.12);
        Assert.InRange(taken, 1, ArenaPlan.Bytes(Config, precision, tokens, ParallelTeam.Size) / 3);
    }

    [Fact]
    public void FourSmallBatches_OfOneStep_UseLessThanHalfOfOneLargeBatch_AndGiveTheSameGradients()
    {
        DistillationMethod method = DistillationMethod.Create(MethodNames.TaskPrefix, alpha: 0.3);
        EncodedTask?[][] rows = [.. Rows(32, 60, 40).Chunk(2).Select(pair => pair.Select(tokens => new EncodedTask(tokens, 0)).ToArray())];
        using T5 model = Create(Config, Precision.Float32);

        (TaskLosses losses, Tensor[] gradients, long taken) = Step([rows]);
        (TaskLosses inParts, Tensor[] gradientsInParts, long takenInParts) = Step([rows[..4], rows[4..8], rows[8..12], rows[12..]]);

        Assert.Equal(losses.Objective, inParts.Objective, 1e-5);
        Assert.All(gradients.Zip(gradientsInParts), pair => Assert.True(allclose(pair.First, pair.Second, rtol: 1e-3, atol: 1e-5)));
        output.WriteLine($"{taken / 1e6:0} MB at once, {takenInParts / 1e6:0} MB in four parts");
        Assert.InRange(takenInParts, 1, taken / 2);

        (TaskLosses Losses, Tensor[] Gradients, long Taken) Step(IReadOnlyList<EncodedTask?[][]> batches)
        {
            using var pass = new CpuBackend<Float32Format>(model);
            TaskLosses done = new StepRunner(model, method, pass).ForwardBackward(batches, seed: 7);
            return (done, [.. model.parameters().Select(p => p.grad!.clone())], pass.MemoryBytes);
        }
    }

    private static long TakenBy<TFormat>(CpuBackend<TFormat> pass, PackedBatch batch)
        where TFormat : struct, INumberFormat
    {
        using (pass)
        {
            pass.ForwardBackward(batch, seed: 3, accumulate: false);
            return pass.MemoryBytes;
        }
    }

    private static long TakenByLosses<TFormat>(CpuBackend<TFormat> pass, PackedBatch batch)
        where TFormat : struct, INumberFormat
    {
        using (pass)
        {
            pass.Losses(batch);
            return pass.MemoryBytes;
        }
    }

    private static T5 Create(T5Config config, Precision precision)
    {
        var model = new T5(config, precision);
        model.InitializeWeights(1);
        model.train();
        return model;
    }

    /// <summary>Lengths vary from half of the longest.</summary>
    private static IEnumerable<TokenPair> Rows(int count, int input, int target)
    {
        var random = new SeededRandom(5);
        int[] Ids(int longest, int row) =>
            [
                .. Enumerable.Range(0, (row == 0 ? longest : (longest / 2) + random.Next(longest / 2)) - 1)
                    .Select(_ => 3 + random.Next(1900)),
                T5Tokenizer.EndId,
            ];
        return [.. Enumerable.Range(0, count).Select(row => new TokenPair(Ids(input, row), Ids(target, row)))];
    }
}
