using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Backends.Gpu;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Engine.Settings;
using TorchSharp;

namespace DistillStudio.Engine.Training;

/// <summary>
/// Estimates the peak memory of a run: GPU memory if it runs on a GPU. Computed from settings and shapes only, without libtorch.
/// </summary>
public static class RunMemory
{
    /// <summary>Bytes for the program with libtorch loaded, data read and code compiled; for a GPU, its libraries.</summary>
    private const long Base = 240L << 20;

    /// <summary>Number of rows used to estimate the average length.</summary>
    private const int RowsSampled = 200;

    /// <param name="config">Configuration of the model.</param>
    /// <param name="spec">Settings; uses precision, device, threads and optimiser.</param>
    /// <param name="tokens">Tokens of the largest batch.</param>
    /// <returns>Bytes.</returns>
    public static long Bytes(T5Config config, RunSpec spec, StepTokens tokens)
    {
        int? major = spec.Device != "cpu" && LibTorch.IsNvidiaDriverPresent ? GpuCapability.Major(Devices.OrdinalOf(spec.Device)) : null;
        bool hasOwnKernels = !spec.NoOwnKernels && OwnKernels.CanRunOn(major);
        return Bytes(
            config, spec with { NoOwnKernels = !hasOwnKernels }, tokens, PrecisionExtensions.Choose(spec.Bf16, major), major is not null);
    }

    /// <inheritdoc cref="Bytes(T5Config, RunSpec, StepTokens)"/>
    /// <param name="precision">Precision of the run.</param>
    /// <param name="isOnGpu">Whether it runs on a GPU.</param>
    internal static long Bytes(T5Config config, RunSpec spec, StepTokens tokens, Precision precision, bool isOnGpu)
    {
        // AdamW keeps two moments per weight; Adafactor keeps row and column moments, whose size is negligible.
        long weights = config.ParameterCount * sizeof(float);
        long moments = spec.OptimizerName == OptimizerName.AdamW ? 2 * weights : 0;
        int threads = spec.Threads ?? Environment.ProcessorCount;
        long step = StepMemory.Bytes(
            config, precision, isOnGpu ? DeviceType.CUDA : DeviceType.CPU, tokens, threads,
            spec.Method == MethodNames.MutualInformation, isOnGpu && !spec.NoOwnKernels);
        return Base + moments + (isOnGpu
            ? OnGpu(config, spec, tokens, precision, step)
            : OnCpu(config, spec, tokens, precision, step, threads));
    }

    /// <summary>
    /// An evaluation keeps another copy of the weights for generation, packed, and in bfloat16 cast too, and what its teams take. The
    /// final test keeps the best weights beside the last ones and what their training has allocated.
    /// </summary>
    private static long OnCpu(T5Config config, RunSpec spec, StepTokens tokens, Precision precision, long step, int threads)
    {
        int longest = (int)Math.Min(int.MaxValue, (long)tokens.LongestInput + Math.Max(0, spec.GenMaxLen));
        double cache = TeamPlan.CacheOf(config, precision, longest, Math.Max(1, spec.BatchSize), threads);
        return step + (2 * config.ParameterCount * sizeof(float)) + (long)Math.Min(cache, long.MaxValue / 4)
            + EvaluationLosses.TeamBytes(config, precision, tokens, threads);
    }

    private static long OnGpu(T5Config config, RunSpec spec, StepTokens tokens, Precision precision, long step)
    {
        // AdamW's kernel writes the copies that steps and generation read; otherwise each casts the weights for itself.
        long copies = precision == Precision.BFloat16 ? FlatCopies.BytesOf(config) : 0;
        long castsForEach = spec.NoOwnKernels ? copies : 0;
        bool hasGraphs = spec.Method != MethodNames.MutualInformation && !spec.NoCudaGraphs;
        long graphs = hasGraphs ? StaticMemory.OfGraphs(config, precision, tokens, !spec.NoOwnKernels) + castsForEach : 0;
        long training = step + castsForEach + graphs;

        // The final test tests the best weights beside the last ones and their gradients, after it has freed the graphs.
        long finalTest = (3 * config.ParameterCount * sizeof(float)) + (2 * copies);
        return Math.Max(training, finalTest)
            + StaticMemory.OfGeneration(config, precision, spec.BatchSize, tokens.LongestInput, spec.GenMaxLen);
    }

    /// <summary>
    /// Estimates the memory of a session's run with another batch size, in bytes, from the average length of a sample of its rows.
    /// </summary>
    internal static long Bytes(TrainingSession session, int batchSize)
    {
        StepTokens tokens = AverageBatch(session.Data.Train, session.Encoder, batchSize);
        return Bytes(
            session.Model.Config,
            session.Spec with
            {
                Bf16 = session.Model.Precision == Precision.BFloat16,
                Device = session.Model.Device.type == DeviceType.CPU ? "cpu" : session.Spec.Device,
            },
            tokens);
    }

    /// <summary>Estimates the tokens of an average batch from the first rows.</summary>
    private static StepTokens AverageBatch(IReadOnlyList<TrainingRow> train, MethodEncoder encoder, int batchSize)
    {
        TrainingRow[] rows = [.. train.Take(RowsSampled)];
        EncodedTask[] tasks = [.. rows.SelectMany(row => encoder.Encode(row)).OfType<EncodedTask>()];
        double batches = (double)batchSize / Math.Max(1, rows.Length);
        return new StepTokens(
            (int)Math.Ceiling(batches * tasks.Length),
            (long)(batches * tasks.Sum(task => task.Tokens.Input.Length)),
            (long)(batches * tasks.Sum(task => task.Tokens.Target.Length)),
            tasks.Select(task => task.Tokens.Input.Length).DefaultIfEmpty().Max(),
            tasks.Select(task => task.Tokens.Target.Length).DefaultIfEmpty().Max());
    }
}
