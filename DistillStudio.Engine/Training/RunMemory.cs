using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Recipes;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Engine.Settings;
using TorchSharp;

namespace DistillStudio.Engine.Training;

/// <summary>What a run needs at its peak: on a GPU, of the GPU's memory. Computed from settings and shapes alone, without libtorch.</summary>
public static class RunMemory
{
    /// <summary>The program with libtorch loaded, data read and code compiled; of a GPU, its libraries.</summary>
    private const long Base = 240L << 20;

    /// <summary>Rows that an average is taken of.</summary>
    private const int RowsSampled = 200;

    /// <param name="config">Of the model.</param>
    /// <param name="spec">Precision, device, threads and optimiser count here.</param>
    /// <param name="tokens">Of the largest batch.</param>
    /// <returns>Bytes.</returns>
    public static long Bytes(T5Config config, RunSpec spec, StepTokens tokens)
    {
        bool isOnGpu = spec.Device != "cpu" && LibTorch.IsNvidiaDriverPresent;
        Precision precision = PrecisionExtensions.Choose(spec.Bf16, isOnGpu ? GpuCapability.Major(0) : null);

        // AdamW keeps two moments a weight; Adafactor rows and columns of one, which is next to nothing.
        long moments = spec.OptimizerName == OptimizerName.AdamW ? config.ParameterCount * 2 * sizeof(float) : 0;

        // On the CPU an evaluation packs the weights once more, for writing.
        long packed = isOnGpu ? 0 : config.ParameterCount * (precision == Precision.BFloat16 ? sizeof(ushort) : sizeof(float));
        return Base + moments + packed + StepMemory.Bytes(config, precision, isOnGpu ? DeviceType.CUDA : DeviceType.CPU, tokens, spec.Threads ?? Environment.ProcessorCount);
    }

    /// <summary>What the run of a session would need with another batch size, its rows being as long as some of them are on average.</summary>
    internal static long Bytes(TrainingSession session, int batchSize)
    {
        TrainingRow[] rows = [.. session.Data.Train.Take(RowsSampled)];
        EncodedTask[] tasks = [.. rows.SelectMany(row => session.Encoder.Encode(row)).OfType<EncodedTask>()];
        double batches = (double)batchSize / rows.Length;
        var tokens = new StepTokens(
            (int)Math.Ceiling(batches * tasks.Length),
            (long)(batches * tasks.Sum(task => task.Tokens.Input.Length)),
            (long)(batches * tasks.Sum(task => task.Tokens.Target.Length)),
            tasks.Max(task => task.Tokens.Input.Length),
            tasks.Max(task => task.Tokens.Target.Length));
        return Bytes(
            session.Model.Config,
            session.Spec with { Bf16 = session.Model.Precision == Precision.BFloat16, Device = session.Model.Device.type == DeviceType.CPU ? "cpu" : session.Spec.Device },
            tokens);
    }
}
