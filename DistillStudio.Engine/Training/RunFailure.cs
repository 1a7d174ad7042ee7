using System.Runtime.InteropServices;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Training;

/// <summary>The loss or the gradient is no number any more.</summary>
internal sealed class DivergedException(int step, double loss, double norm)
    : StudioException($"The training diverged at step {step}: loss {loss}, gradient norm {norm}");

/// <summary>Why a run ended early, for a person.</summary>
/// <param name="Message">One sentence: what happened.</param>
/// <param name="Remedy">What to try; null where nothing is known.</param>
/// <param name="Detail">For an engineer.</param>
public sealed record RunFailure(string Message, string? Remedy, string? Detail)
{
    /// <summary>Both in one.</summary>
    public string Sentence => Remedy is null ? Message : $"{Message.TrimEnd('.')}; {Remedy}";

    public static RunFailure Explain(Exception e, int step, RunSpec spec) => e switch
    {
        DivergedException => new(e.Message + ".", spec.Bf16 == true ? "lower --lr or train with --fp32." : $"lower --lr (it was {spec.Lr:g}).", null),
        _ when NativeErrors.IsOutOfMemory(e) => new($"Memory ran out after step {step} with batches of {spec.BatchSize}.", SmallerBatch(spec), e.ToString()),
        StudioException known => new(known.Message, null, known.Detail),
        DirectoryNotFoundException => new($"The run's folder went away after step {step}: {e.Message.TrimEnd('.')}.", "bring it back (a disk that was unmounted, a folder that was moved), then resume the run.", e.ToString()),
        IOException or UnauthorizedAccessException => new($"A file could not be written after step {step}: {e.Message.TrimEnd('.')}.", "free some space or make the folder writable, then resume the run.", e.ToString()),
        ExternalException when e.Message.Contains("CUDA error", StringComparison.Ordinal) => new(
            $"The GPU failed after step {step}: {NativeErrors.FirstLine(e).TrimEnd('.')}.", "see whether nvidia-smi still lists it, start the program again, then resume the run.", e.ToString()),
        ExternalException => new($"libtorch failed after step {step}: {NativeErrors.FirstLine(e).TrimEnd('.')}.", null, e.ToString()),
        _ => new($"An unexpected error ended the run after step {step}: {NativeErrors.FirstLine(e).TrimEnd('.')}.", null, e.ToString()),
    };

    private static string SmallerBatch(RunSpec spec) => spec.BatchSize > 1
        ? $"--batch_size {(spec.BatchSize + 1) / 2} --grad_steps {spec.GradSteps * 2} needs about half and gives the same result."
        : $"lower --max_input_length (it was {spec.MaxInputLength}) or take a smaller model.";
}
