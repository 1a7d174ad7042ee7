using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Runs;

/// <summary>The loss or the gradient norm is not finite.</summary>
internal sealed class DivergedException(int step, double loss, double norm)
    : StudioException(
        string.Create(CultureInfo.InvariantCulture, $"The training diverged at step {step}: loss {loss:G4}, gradient norm {norm:G4}"));

/// <summary>Describes to the user why a run ended early.</summary>
/// <param name="Message">One sentence that states what happened.</param>
/// <param name="Remedy">Suggested remedy; null if none is known.</param>
/// <param name="Detail">Technical details.</param>
/// <param name="IsDivergence">See <see cref="Failed"/>.</param>
public sealed partial record RunFailure(string Message, string? Remedy, string? Detail, bool? IsDivergence = null)
{
    /// <summary>Returns the event that records the failure after a step.</summary>
    public Failed ToEvent(int step) => new(step, Message, Remedy, Detail, IsDivergence);

    /// <summary>Message and remedy combined.</summary>
    public string Sentence => Phrase(Message, Remedy);

    /// <summary>Combines what happened and the remedy in one sentence.</summary>
    internal static string Phrase(string message, string? remedy) => remedy is null ? message : $"{message.TrimEnd('.')}; {remedy}";

    /// <param name="e">The exception that ended the run.</param>
    /// <param name="step">The last completed step.</param>
    /// <param name="spec">The run's settings.</param>
    /// <param name="hasCheckpoint">True if the run can be resumed from a checkpoint; otherwise it must be launched again.</param>
    /// <param name="memory">Bytes that the run would need with a given batch size; null if unknown.</param>
    public static RunFailure Explain(Exception e, int step, RunSpec spec, bool hasCheckpoint, Func<int, long>? memory = null) => e switch
    {
        DivergedException => new(
            e.Message + ".", spec.Bf16 == true
                ? "lower the learning rate (--lr), or train in float32 (--fp32)."
                : $"lower the learning rate (--lr; it was {spec.LearningRate:g}).", null,
            IsDivergence: true),
        _ when NativeErrors.IsOutOfMemory(e) => new(
            $"Out of memory after step {step} with batches of {spec.BatchSize}.", SmallerBatch(spec, memory, CapacityIn(e)), e.ToString()),
        GenerationMemoryException generation => new(
            $"Out of memory while answers were generated after step {step}, {generation.Rows} at a time.",
            SmallerBatch(spec, memory, CapacityIn(generation.InnerException!)), generation.Detail),
        StudioException known => new(known.Message, null, known.Detail),
        DirectoryNotFoundException =>
            new(
                $"The run's folder disappeared after step {step}: {e.Message.TrimEnd('.')}.",
                $"restore it (remount the disk, or move the folder back), then {GoOn(hasCheckpoint)}.", e.ToString()),
        IOException or UnauthorizedAccessException =>
            new(
                $"A file could not be written after step {step}: {e.Message.TrimEnd('.')}.",
                $"free some space or make the folder writable, then {GoOn(hasCheckpoint)}.", e.ToString()),
        _ when NativeErrors.IsGpuFailure(e) => new(
            $"The GPU failed after step {step}: {NativeErrors.FirstLine(e).TrimEnd('.')}.",
            $"check whether nvidia-smi still lists it, restart the program, then {GoOn(hasCheckpoint)}.", e.ToString()),
        ExternalException => new($"libtorch failed after step {step}: {NativeErrors.FirstLine(e).TrimEnd('.')}.", null, e.ToString()),
        _ => new($"An unexpected error ended the run after step {step}: {NativeErrors.FirstLine(e).TrimEnd('.')}.", null, e.ToString()),
    };

    /// <summary>Returns the remaining action once the cause is fixed.</summary>
    public static string GoOn(bool hasCheckpoint) => hasCheckpoint ? "resume the run" : "launch it again, because it had no checkpoint yet";

    /// <summary>Suggests a batch size that divides the current one, so that accumulating gradients gives the same result.</summary>
    private static string SmallerBatch(RunSpec spec, Func<int, long>? memory, long capacity)
    {
        int[] smaller = [.. Enumerable.Range(1, spec.BatchSize / 2).Where(size => spec.BatchSize % size == 0).Reverse()];
        if (smaller.Length == 0)
        {
            return $"lower --max_input_length (it was {spec.MaxInputLength}) or use a smaller model.";
        }

        int best = memory is null ? smaller[0] : smaller.FirstOrDefault(size => memory(size) <= capacity);
        if (best == 0)
        {
            return $"even --batch_size 1 needs about {ByteSize.Format(memory!(1))} of the {ByteSize.Format(capacity)} available: "
                + $"lower --max_input_length (it was {spec.MaxInputLength}), use --optimizer_name adafactor or use a smaller model.";
        }

        string much = memory is not null ? $"about {ByteSize.Format(memory(best))} instead of {ByteSize.Format(memory(spec.BatchSize))}"
            : spec.BatchSize == 2 * best ? "about half"
            : "less";
        return $"--batch_size {best} --grad_steps {spec.GradSteps * (spec.BatchSize / best)} needs {much} and gives the same result.";
    }

    /// <summary>
    /// Returns the capacity of the GPU in the message, in bytes; otherwise the memory of this machine that is available to the process.
    /// </summary>
    private static long CapacityIn(Exception e) =>
        Capacity().Match(e.Message) is { Success: true } match
            ? (long)(
                double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) * (match.Groups[2].Value == "GiB" ? 1 << 30 : 1 << 20))
            : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    [GeneratedRegex(@"total capacity of ([0-9.]+) (GiB|MiB)")]
    private static partial Regex Capacity();
}
