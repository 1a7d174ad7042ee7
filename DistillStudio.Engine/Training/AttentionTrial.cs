using System.Diagnostics;
using System.Globalization;
using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Backends.Gpu;
using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;
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
    /// <param name="precision">Precision of the run.</param>
    /// <param name="graphs">Records the steps; null to launch them singly.</param>
    /// <param name="kernels">With attention, which they do not have afterwards.</param>
    /// <param name="tell">Receives a sentence with the times if it is faster.</param>
    /// <param name="config">Config of the measured model; null for the usual one.</param>
    /// <param name="rows">Rows of the measured batch.</param>
    internal static string? WhyNot(
        Device device, Precision precision, ICudaGraphs? graphs, OwnKernels kernels, Action<string> tell, T5Config? config = null,
        int rows = UsualRows)
    {
        config ??= Config;
        PackedBatch batch = TrialModel.Batch(config, 3, rows, 0.001f, (random, _) => (20 + random.Next(60), 8 + random.Next(32)));
        double Measure()
        {
            using DisposeScope scope = NewDisposeScope();
            using var model = new TrialModel(config, precision, device, graphs, kernels);
            return Seconds(model.Backend, device, batch);
        }

        double own = Measure();
        kernels.LeaveOutAttention();
        double products = Measure();
        string times = string.Create(
            CultureInfo.InvariantCulture,
            $"a {precision.Name()} step takes {own * 1000:0.00} ms with own attention, {products * 1000:0.00} ms with products");
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

    private static double Seconds(StaticBackend backend, Device device, PackedBatch batch)
    {
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
}
