using DistillStudio.Engine.Batching;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Backends;

/// <summary>
/// The loss that draws the two tasks of a row together: the cross-entropy between the highest probability that each token of the vocabulary
/// reaches anywhere in the label and anywhere in the rationale, <c>−Σ(v) sg[max(t) p_label(t, v)] · log max(t) p_rationale(t, v)</c>, where
/// sg stops the gradient (Chen et al. 2024, arXiv:2403.03348).
/// </summary>
internal static class MutualInformationLoss
{
    /// <param name="logProbabilities">[target tokens, V], float32: by target token, given those before it.</param>
    /// <param name="batch">The batch with its pairs; at least one.</param>
    /// <returns>Scalar: sum over the pairs, in nats; with a gradient through the rationales alone.</returns>
    internal static Tensor Sum(Tensor logProbabilities, PackedBatch batch)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor label = Highest(logProbabilities.detach(), batch, batch.Pairs.Select(pair => pair.Label)).exp();  // [P, V]
        Tensor rationale = Highest(logProbabilities, batch, batch.Pairs.Select(pair => pair.Rationale));         // [P, V]
        return label.mul(rationale).sum().neg().MoveToOuterDisposeScope();
    }

    /// <summary>Returns the maximum over the tokens of each row; the logarithm keeps the order and does not underflow.</summary>
    private static Tensor Highest(Tensor logProbabilities, PackedBatch batch, IEnumerable<int> rows) =>
        stack(
            [
                .. rows.Select(row =>
                    logProbabilities.narrow(0, batch.TargetStarts[row], batch.TargetStarts[row + 1] - batch.TargetStarts[row]).amax([0]))
            ]);
}
