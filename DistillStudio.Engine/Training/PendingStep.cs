using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Runs;

namespace DistillStudio.Engine.Training;

/// <summary>A completed optimiser step, or one that is still running on a GPU.</summary>
internal sealed class PendingStep : IDisposable
{
    private readonly StepOutcome? _outcome;
    private readonly AsyncReadback? _numbers;
    private readonly Func<float[], StepOutcome>? _read;

    /// <param name="outcome">Outcome of a completed step.</param>
    internal PendingStep(StepOutcome outcome) => _outcome = outcome;

    /// <param name="numbers">Async readback of the step's results; disposed with this instance.</param>
    /// <param name="read">Converts the results to the outcome.</param>
    internal PendingStep(AsyncReadback numbers, Func<float[], StepOutcome> read) => (_numbers, _read) = (numbers, read);

    /// <summary>True if <see cref="Read"/> does not block.</summary>
    internal bool HasArrived => _numbers is null || _numbers.HasArrived;

    /// <exception cref="DivergedException">The loss or the gradient norm is not finite; the weights are no longer valid.</exception>
    internal StepOutcome Read() => _outcome ?? _read!(_numbers!.Read());

    public void Dispose() => _numbers?.Dispose();
}
