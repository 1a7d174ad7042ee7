using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;

namespace DistillStudio.Engine.Runs;

/// <summary>The loss or the gradient is no number any more.</summary>
internal sealed class DivergedException(int step, double loss, double norm)
    : StudioException($"The training diverged at step {step}: loss {loss}, gradient norm {norm}");

/// <summary>Why a run ended early, for a person.</summary>
/// <param name="Message">One sentence: what happened.</param>
/// <param name="Remedy">What to try; null where nothing is known.</param>
/// <param name="Detail">For an engineer.</param>
public sealed partial record RunFailure(string Message, string? Remedy, string? Detail)
{
    /// <summary>Both in one.</summary>
    public string Sentence => Remedy is null ? Message : $"{Message.TrimEnd('.')}; {Remedy}";

    /// <param name="e">What ended it.</param>
    /// <param name="step">The last that was taken.</param>
    /// <param name="spec">The run's.</param>
    /// <param name="hasCheckpoint">The run can go on from one; else it is launched again.</param>
    /// <param name="memory">Bytes that the run would need with another batch size; null where that is not known.</param>
    public static RunFailure Explain(Exception e, int step, RunSpec spec, bool hasCheckpoint, Func<int, long>? memory = null) => e switch
    {
        DivergedException => new(e.Message + ".", spec.Bf16 == true ? "lower --lr or train with --fp32." : $"lower --lr (it was {spec.LearningRate:g}).", null),
        _ when NativeErrors.IsOutOfMemory(e) => new($"Memory ran out after step {step} with batches of {spec.BatchSize}.", SmallerBatch(spec, memory, CapacityIn(e)), e.ToString()),
        StudioException known => new(known.Message, null, known.Detail),
        DirectoryNotFoundException => new($"The run's folder went away after step {step}: {e.Message.TrimEnd('.')}.", $"bring it back (a disk that was unmounted, a folder that was moved), then {GoOn(hasCheckpoint)}.", e.ToString()),
        IOException or UnauthorizedAccessException => new($"A file could not be written after step {step}: {e.Message.TrimEnd('.')}.", $"free some space or make the folder writable, then {GoOn(hasCheckpoint)}.", e.ToString()),
        ExternalException when e.Message.Contains("CUDA error", StringComparison.Ordinal) => new(
            $"The GPU failed after step {step}: {NativeErrors.FirstLine(e).TrimEnd('.')}.", $"see whether nvidia-smi still lists it, start the program again, then {GoOn(hasCheckpoint)}.", e.ToString()),
        ExternalException => new($"libtorch failed after step {step}: {NativeErrors.FirstLine(e).TrimEnd('.')}.", null, e.ToString()),
        _ => new($"An unexpected error ended the run after step {step}: {NativeErrors.FirstLine(e).TrimEnd('.')}.", null, e.ToString()),
    };

    /// <summary>What is left to do once the cause is mended.</summary>
    public static string GoOn(bool hasCheckpoint) => hasCheckpoint ? "resume the run" : "launch it again, for it had no checkpoint yet";

    /// <summary>Batches that divide the old one, so that gradients added up over them are the same.</summary>
    private static string SmallerBatch(RunSpec spec, Func<int, long>? memory, long capacity)
    {
        int[] smaller = [.. Enumerable.Range(1, spec.BatchSize / 2).Where(size => spec.BatchSize % size == 0).Reverse()];
        if (smaller.Length == 0)
        {
            return $"lower --max_input_length (it was {spec.MaxInputLength}) or take a smaller model.";
        }

        int best = memory is null ? smaller[0] : smaller.FirstOrDefault(size => memory(size) <= capacity);
        if (best == 0)
        {
            return $"even --batch_size 1 needs about {ByteSize.Format(memory!(1))} of the {ByteSize.Format(capacity)} there are: lower --max_input_length (it was {spec.MaxInputLength}), use --optimizer_name adafactor or take a smaller model.";
        }

        string much = memory is not null ? $"about {ByteSize.Format(memory(best))} instead of {ByteSize.Format(memory(spec.BatchSize))}"
            : spec.BatchSize == 2 * best ? "about half"
            : "less";
        return $"--batch_size {best} --grad_steps {spec.GradSteps * (spec.BatchSize / best)} needs {much} and gives the same result.";
    }

    /// <summary>Of the GPU that the message speaks of; else of this machine, as far as this process may have it.</summary>
    private static long CapacityIn(Exception e) =>
        Capacity().Match(e.Message) is { Success: true } told
            ? (long)(double.Parse(told.Groups[1].Value, CultureInfo.InvariantCulture) * (told.Groups[2].Value == "GiB" ? 1 << 30 : 1 << 20))
            : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    [GeneratedRegex(@"total capacity of ([0-9.]+) (GiB|MiB)")]
    private static partial Regex Capacity();
}
