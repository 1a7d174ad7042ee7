using static TorchSharp.torch;

namespace DistillStudio.Engine.Optimization;

/// <summary>Updates parameters from their gradients. Holds state per parameter, on the parameter's device.</summary>
public interface IOptimizer : IDisposable
{
    /// <summary>Takes one step. Runs without recording gradients.</summary>
    /// <param name="learningRate">Learning rate of this step.</param>
    /// <param name="gradientScale">Multiplies the gradients, which are not modified: clips without a separate pass.</param>
    /// <param name="factor">Additional multiplier that exists only on the device, so that no synchronization is needed. Null for
    /// 1.</param>
    void Step(double learningRate, double gradientScale = 1, Tensor? factor = null);

    /// <summary>Size of the state in bytes, excluding the parameters.</summary>
    long StateBytes { get; }

    /// <summary>Number of steps taken. A step depends only on it, <see cref="State"/>, the parameters and the gradients.</summary>
    int Steps { get; set; }

    /// <summary>
    /// Returns the live state: reading the tensors between two steps gives the current values, and writing to them changes the state,
    /// whatever the memory layout. Call within a dispose scope.
    /// </summary>
    IEnumerable<OptimizerPart> State();
}

/// <param name="Name">Kind of the state, such as <c>mean</c> and <c>square</c>.</param>
/// <param name="Parameter">Index of the parameter in the list given to the optimiser.</param>
/// <param name="Value">A tensor of the parameter's shape, or a reduction of it; must not be disposed by the caller.</param>
public sealed record OptimizerPart(string Name, int Parameter, Tensor Value);
