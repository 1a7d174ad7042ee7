using System.Diagnostics;
using System.Globalization;
using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Backends.Gpu;
using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Engine.Text;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Training;

/// <summary>Measures whether a GPU's steps are faster with own attention than with libtorch's products.</summary>
internal static class AttentionTrial
{
    /// <summary>Begins the reason against own attention that is right, but no faster.</summary>
    internal const string Slower = "libtorch's products are faster";

    private const double ClearlyLess = 0.95; // a smaller difference is noise, and might turn out otherwise next time
    private const int WarmUp = 5;
    private const int StepsTimed = 8;
    private const int Repeats = 3;
    private const int UsualRows = 64;

    /// <summary>Four layers of T5 v1.1 base: small, with attention as large as in training.</summary>
    private static readonly T5Config Config = new()
    {
        VocabSize = 512,
        DModel = 768,
        DKv = 64,
        DFf = 2048,
        NumLayers = 2,
        NumDecoderLayers = 2,
        NumHeads = 12,
        FeedForwardProj = "gated-gelu",
    };

    /// <summary>Returns null if own attention makes steps clearly faster, else the reason against it.</summary>
    /// <param name="device">Device of the model.</param>
    /// <param name="graphs">Records the steps; null to launch them singly.</param>
    /// <param name="kernels">With attention, which they do not have afterwards.</param>
    /// <param name="tell">Receives a sentence with the times if it is faster.</param>
    /// <param name="config">Config of the measured model; null for the usual one.</param>
    /// <param name="rows">Rows of the measured batch.</param>
    internal static string? WhyNot(
        Device device, ICudaGraphs? graphs, OwnKernels kernels, Action<string> tell, T5Config? config = null, int rows = UsualRows)
    {
        PackedBatch batch = Batch(config ?? Config, rows);
        double own = Seconds(device, graphs, kernels, config ?? Config, batch);
        kernels.LeaveOutAttention();
        double products = Seconds(device, graphs, kernels, config ?? Config, batch);
        string times = string.Create(
            CultureInfo.InvariantCulture, $"a step takes {own * 1000:0.00} ms with own attention, {products * 1000:0.00} ms with products");
        return Judge(own, products, times, tell);
    }

    /// <param name="own">Seconds of a step with own attention.</param>
    /// <param name="products">Seconds of a step with libtorch's products.</param>
    internal static string? Judge(double own, double products, string times, Action<string> tell)
    {
        if (own >= ClearlyLess * products)
        {
            return $"{Slower}: {times}";
        }

        tell($"{times}.");
        return null;
    }

    private static double Seconds(Device device, ICudaGraphs? recorder, OwnKernels kernels, T5Config config, PackedBatch batch)
    {
        using DisposeScope scope = NewDisposeScope();
        using var model = new T5(config, PrecisionExtensions.Choose(null, device));
        model.InitializeWeights(1);
        model.to(device);
        model.train();
        Parameter[] parameters = [.. model.parameters()];
        using var flat = new FlatParameters(parameters);
        kernels.AttachTo(model);
        using var backend = new StaticBackend(model, flat, ModelGraphs.Attach(model, recorder));
        double Time(int steps)
        {
            long start = Stopwatch.GetTimestamp();
            for (int step = 0; step < steps; step++)
            {
                using DisposeScope own = NewDisposeScope();
                backend.Launch(batch, (ulong)step, accumulate: false);
            }

            Devices.Synchronize(device);
            return Stopwatch.GetElapsedTime(start).TotalSeconds / steps;
        }

        Time(WarmUp);
        return Enumerable.Range(0, Repeats).Min(_ => Time(StepsTimed));
    }

    private static PackedBatch Batch(T5Config config, int rows)
    {
        var random = new SeededRandom(3);
        int[] Ids(int length) => [.. Enumerable.Range(0, length).Select(_ => 2 + random.Next(config.VocabSize - 2)), T5Tokenizer.EndId];
        return new(
            [
                .. Enumerable.Range(0, rows).Select(
                    i => new PackedRow(new(Ids(20 + random.Next(60)), Ids(8 + random.Next(32))), 0, 0.001f, (uint)i)),
            ],
            config.DecoderStartTokenId);
    }
}
