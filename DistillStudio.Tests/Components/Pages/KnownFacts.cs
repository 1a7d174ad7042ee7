using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;
using DistillStudio.Jobs;

namespace DistillStudio.Tests.Components.Pages;

/// <summary>Two datasets, three models, and figures that a test decides.</summary>
internal sealed class KnownFacts : ILaunchFacts
{
    public TaskCompletionSource<StepTime> Measured { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public (double SecondsPerStep, string From)? Earlier { get; set; }

    public string? Trouble { get; set; }

    public Exception? Failure { get; set; }

    public IReadOnlyList<string> Devices { get; init; } = ["auto", "cpu"];

    public bool IsAskedToMeasure { get; private set; }

    public CancellationToken Stop { get; private set; }

    public LaunchChoices Choices() => new(
        [new("cqa", ["gpt", "palm"], 1000, []), new("svamp", [], 500, [])],
        [
            new("trained", "trained", HasWeights: true, 31_000_000), new("bare", "bare", HasWeights: false, 31_000_000),
            new("broken", "broken", HasWeights: true, 31_000_000, "model.safetensors is a Git LFS pointer."),
        ],
        Devices);

    public Task<LaunchFacts> ExamineAsync(RunSpec spec, CancellationToken stop) =>
        (Failure ?? (Trouble is null ? null : new InputException(Trouble))) is not { } failure
        ? Task.FromResult(
            new LaunchFacts(
                1000, 100, 200, 0, new(20, 40, 60, 0, 500), new(3, 5, 9, 0, 500), new(30, 50, 80, 0, 500), 15.6,
                Earlier?.SecondsPerStep, Earlier?.From, 1L << 30))
        : Task.FromException<LaunchFacts>(failure);

    public Task<StepTime> MeasureAsync(RunSpec spec, long? memoryBytes, CancellationToken stop)
    {
        (IsAskedToMeasure, Stop) = (true, stop);
        return Measured.Task.WaitAsync(stop);
    }
}
