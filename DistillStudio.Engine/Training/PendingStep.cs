using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Training;

/// <summary>An optimiser step that is done, or that a GPU is still busy with.</summary>
internal sealed class PendingStep : IDisposable
{
    private readonly StepOutcome? _outcome;
    private readonly AsyncReadback? _numbers;
    private readonly Func<float[], StepOutcome>? _read;

    /// <param name="outcome">Of a step that is done.</param>
    internal PendingStep(StepOutcome outcome) => _outcome = outcome;

    /// <param name="numbers">What the step will have told; disposed with this.</param>
    /// <param name="read">Makes the outcome of them.</param>
    internal PendingStep(AsyncReadback numbers, Func<float[], StepOutcome> read) => (_numbers, _read) = (numbers, read);

    /// <summary>Reading will not wait.</summary>
    internal bool HasArrived => _numbers is null || _numbers.HasArrived;

    /// <exception cref="DivergedException">The loss or the gradient was no number; the weights are none either.</exception>
    internal StepOutcome Read() => _outcome ?? _read!(_numbers!.Read());

    public void Dispose() => _numbers?.Dispose();
}
