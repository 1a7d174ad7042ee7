using System.Diagnostics;
using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Generation;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime.Hardware;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Training;

/// <summary>Throughput, utilization and memory of training and generation on this machine.</summary>
/// <param name="ExamplesPerSecond">Training examples per second.</param>
/// <param name="TokensPerSecond">Input and target tokens per second in training, without padding.</param>
/// <param name="StepSeconds">Median time of the timed steps.</param>
/// <param name="UsefulFlopsPerSecond">Model FLOP/s of training: see <see cref="ModelFlops"/>.</param>
/// <param name="MatmulPeakFlopsPerSecond">Highest GEMM rate of this process in the same precision, measured before and after.</param>
/// <param name="Utilization">Model FLOPs utilization of training: the former divided by the latter.</param>
/// <param name="GeneratedTokensPerSecond">Tokens per second of greedy search, including the encoder.</param>
/// <param name="GenerationUtilization">Model FLOP/s of generation divided by the same peak.</param>
/// <param name="PeakMemoryBytes">Peak memory of the process on the compute device: GPU memory, or resident memory; null if the GPU driver
/// does not report it.</param>
/// <param name="EstimatedMemoryBytes">What a run would be expected to take, from the average length of some rows: see
/// <see cref="RunMemory"/>.</param>
/// <param name="HostPeakMemoryBytes">Peak resident memory of the process.</param>
/// <param name="ManagedBytesPerStep">Median number of bytes allocated on the .NET heap per step.</param>
/// <param name="Products">Routes of the matrix products on the CPU with the trials that they were chosen from; empty on a GPU.</param>
/// <param name="ProfileSeconds">Mean seconds per step in each phase.</param>
/// <param name="Graphs">Recorded graphs at the end, of training and generation; null if steps are not recorded.</param>
/// <param name="GraphBytes">Memory of the device that recording them and their buffers of generation took; null likewise.</param>
/// <param name="Remarks">What a run would say about model and device in its log, one sentence each; null for nothing.</param>
public sealed record BenchmarkReport(
    double ExamplesPerSecond,
    double TokensPerSecond,
    double StepSeconds,
    double UsefulFlopsPerSecond,
    double MatmulPeakFlopsPerSecond,
    double Utilization,
    double GeneratedTokensPerSecond,
    double GenerationUtilization,
    long? PeakMemoryBytes,
    long EstimatedMemoryBytes,
    long HostPeakMemoryBytes,
    long ManagedBytesPerStep,
    string Device,
    string Precision,
    int Threads,
    int Steps,
    IReadOnlyList<string> Products,
    IReadOnlyDictionary<StepPhase, double>? ProfileSeconds,
    int? Graphs = null,
    long? GraphBytes = null,
    IReadOnlyList<string>? Remarks = null);

/// <summary>Measures training and generation on real examples in training order. Runs on the caller's thread.</summary>
/// <param name="session">An open session; its weights change.</param>
/// <param name="memory">Memory of the session's device, opened before the session.</param>
/// <param name="isProfiled">Measures the time of each phase; slows down training on a GPU.</param>
public sealed class Benchmark(TrainingSession session, DeviceMemory memory, bool isProfiled)
{
    /// <summary>Steps before compiled code and memory use are stable.</summary>
    internal const int WarmUp = 5;

    /// <summary>Steps before the usual shapes of batches are recorded as graphs.</summary>
    private const int WarmUpOfGraphs = 40;

    private const int StepsTimedTogether = 10;

    private const int GenerationRows = 32;
    private const int GenerationWarmUp = 4;
    private const int GenerationRepeats = 5;

    private readonly ModelFlops _work = new(session.Model.Config);

    /// <param name="steps">Steps timed after the warm-up; at least 1.</param>
    /// <param name="stop">Checked between steps.</param>
    public BenchmarkReport Run(int steps, CancellationToken stop)
    {
        Device device = session.Model.Device;
        ScalarType type = session.Model.Precision.ToScalarType();
        double peak = MatmulPeak.Measure(device, type);
        // first, while the untrained weights still generate up to the limit
        (double tokensPerSecond, double generationFlops) = Generate(stop);
        (Timing[] timings, IReadOnlyDictionary<StepPhase, double>? profile) = Train(steps, stop);
        memory.Sample();
        peak = Math.Max(peak, MatmulPeak.Measure(device, type));

        double median = Median(timings.Select(t => t.Seconds));
        double flops = Median(timings.Select(t => _work.OfTraining(t.Outcome.InputTokens, t.Outcome.TargetTokens) / t.Seconds));
        return new BenchmarkReport(
            Median(timings.Select(t => t.Outcome.Rows / t.Seconds)),
            Median(timings.Select(t => (t.Outcome.InputTokens + t.Outcome.TargetTokens) / t.Seconds)),
            median,
            flops,
            peak,
            flops / peak,
            tokensPerSecond,
            generationFlops / peak,
            memory.Peak,
            RunMemory.Bytes(session, session.Spec.BatchSize),
            MemoryGauge.Peak(),
            (long)Median(timings.Select(t => (double)t.ManagedBytes)),
            device.ToString(),
            session.Model.Precision.Name(),
            ParallelTeam.Size,
            steps,
            ProductRoutes.Describe(session.Model),
            profile,
            session.Graphs?.Cache.Count,
            session.Graphs?.Bytes,
            [.. session.ModelRemarks, .. session.TakeNotices()]);
    }

    private sealed record Timing(StepOutcome Outcome, double Seconds, long ManagedBytes);

    private (Timing[] Timings, IReadOnlyDictionary<StepPhase, double>? Profile) Train(int steps, CancellationToken stop)
    {
        PhaseClock? clock = isProfiled ? new PhaseClock(session.Model.Device) : null;
        var training = new TrainingStep(session, clock);
        var timings = new List<Timing>();
        int warmUp = session.Graphs?.Cache.IsCapturing == true ? WarmUpOfGraphs : WarmUp;
        int step = 0;
        while (step < warmUp + steps)
        {
            stop.ThrowIfCancellationRequested();
            if (step == warmUp)
            {
                clock?.Take();
            }

            // A step timed alone would include the GPU's wait for the next one, which does not occur in a run.
            int count = session.Flat is null || step < warmUp ? 1 : Math.Min(StepsTimedTogether, warmUp + steps - step);
            long allocated = GC.GetTotalAllocatedBytes();
            long start = Stopwatch.GetTimestamp();
            PendingStep[] launched = [.. Enumerable.Range(step + 1, count).Select(training.Launch)];
            Devices.Synchronize(session.Model.Device);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds / count;
            long bytes = (GC.GetTotalAllocatedBytes() - allocated) / count;
            memory.Sample();
            foreach (PendingStep one in launched)
            {
                timings.Add(new(one.Read(), seconds, bytes));
                one.Dispose();
            }

            step += count;
        }

        return ([.. timings.Skip(warmUp)], clock?.Take().ToDictionary(phase => phase.Key, phase => phase.Value / steps));
    }

    /// <summary>Generates the longest outputs of the method: rationales if it generates them.</summary>
    private (double TokensPerSecond, double FlopsPerSecond) Generate(CancellationToken stop)
    {
        int[][] inputs = GeneratedInputs(session, GeneratedStream(session));
        var options = new GenerationOptions { MaxNewTokens = session.Spec.GenMaxLen, BatchSize = GenerationRows };
        for (int i = 0; i < GenerationWarmUp; i++)
        {
            SequenceGenerator.Generate(session.Model, inputs, options, stop); // until compiled code is stable
        }

        var rates = new List<(double Tokens, double Flops)>();
        for (int i = 0; i < GenerationRepeats; i++)
        {
            long start = Stopwatch.GetTimestamp();
            IReadOnlyList<GeneratedIds> written = SequenceGenerator.Generate(session.Model, inputs, options, stop);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            memory.Sample();
            long tokens = written.Sum(answer => (long)answer.Ids.Count);
            rates.Add((tokens / seconds, _work.OfGeneration(inputs.Sum(input => (long)input.Length), tokens) / seconds));
        }

        return (Median(rates.Select(r => r.Tokens)), Median(rates.Select(r => r.Flops)));
    }

    /// <summary>The task whose outputs are generated.</summary>
    internal static TaskStream GeneratedStream(TrainingSession session) => session.Method.RationaleStream ?? session.Method.LabelStream;

    internal static int[][] GeneratedInputs(TrainingSession session, TaskStream stream) =>
        [.. session.Data.Train.Take(GenerationRows).Select(row => session.Encoder.EncodeInput(stream, row.Input))];

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
