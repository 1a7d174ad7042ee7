using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Text;
using TorchSharp.Modules;
using static TorchSharp.torch;
using AdamW = DistillStudio.Engine.Optimization.AdamW;

namespace DistillStudio.Tests.Engine.Training;

/// <summary>The optimiser writes the bfloat16 copies that the CPU backend multiplies: with the bits that the backend would write.</summary>
public sealed class WeightCopiesTests
{
    [Theory]
    [InlineData(Precision.BFloat16)]
    [InlineData(Precision.Float32)]
    public void Step_WithCopies_TrainsWithTheSameBits(Precision precision)
    {
        (float[] expected, _) = Train(precision, writesCopies: false);
        (float[] actual, bool areCurrent) = Train(precision, writesCopies: true);

        Assert.Equal(expected, actual);
        bool hasCopies = precision == Precision.BFloat16 && ComputeBackends.UsesCpuBackend(SmallT5.Config, TorchSharp.DeviceType.CPU);
        Assert.Equal(hasCopies, areCurrent);
    }

    [Fact]
    public void Steps_SetByARestoredCheckpoint_MakesTheBackendReadTheNewWeights()
    {
        using T5 model = Model(Precision.BFloat16);
        using ITrainingBackend pass = ComputeBackends.CreateTraining(model);
        Parameter[] parameters = [.. model.parameters()];
        using var optimizer = new AdamW(parameters, pass.Copies);
        float[] first = pass.Losses(Batch(0));
        pass.ForwardBackward(Batch(1), 1, accumulate: false);
        Tensor[] before = [.. parameters.Select(parameter => parameter.detach().clone())];
        optimizer.Step(0.05);
        Assert.NotEqual(first, pass.Losses(Batch(0)));

        using (no_grad())
        {
            foreach ((Parameter parameter, Tensor value) in parameters.Zip(before))
            {
                parameter.copy_(value); // as a checkpoint is restored
                value.Dispose();
            }
        }

        optimizer.Steps = 0;
        Assert.Equal(first, pass.Losses(Batch(0)));
    }

    [Fact]
    public void Step_AParameterHasNoGradient_LeavesTheCopiesToTheBackend()
    {
        using T5 model = Model(Precision.BFloat16);
        using ITrainingBackend pass = ComputeBackends.CreateTraining(model);
        using var optimizer = new AdamW([.. model.parameters()], pass.Copies);
        optimizer.Step(0.05); // before any gradient

        Assert.False(pass.Copies?.AreCurrent ?? false);
    }

    private static (float[] Losses, bool AreCurrent) Train(Precision precision, bool writesCopies)
    {
        using T5 model = Model(precision);
        using ITrainingBackend pass = ComputeBackends.CreateTraining(model);
        Parameter[] parameters = [.. model.parameters()];
        using var optimizer = new AdamW(parameters, writesCopies ? pass.Copies : null);
        var losses = new List<float>();
        for (int step = 0; step < 4; step++)
        {
            losses.AddRange(pass.ForwardBackward(Batch(step), (ulong)step, accumulate: false));
            losses.AddRange(pass.ForwardBackward(Batch(step + 9), (ulong)step, accumulate: true));
            optimizer.Step(0.01, GradientClip.ScaleOf(GradientClip.Norm(parameters)));
            losses.AddRange(pass.Losses(Batch(99))); // an evaluation between two steps
        }

        return ([.. losses], pass.Copies?.AreCurrent ?? false);
    }

    private static T5 Model(Precision precision)
    {
        var model = new T5(SmallT5.Config, precision);
        model.InitializeWeights(3);
        return model;
    }

    private static PackedBatch Batch(int seed)
    {
        var random = new Random(seed);
        int[] Ids(int count) => [.. Enumerable.Range(0, count).Select(_ => 2 + random.Next(SmallT5.Config.VocabSize - 2))];
        return new(
            [.. Enumerable.Range(0, 3).Select(i => new PackedRow(new TokenPair(Ids(5 + i), Ids(3 + i)), 0, 0.1f, (uint)i))],
            SmallT5.Config.DecoderStartTokenId);
    }
}
