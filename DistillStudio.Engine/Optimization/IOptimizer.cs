using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Optimization;

/// <summary>Changes parameters by their gradients. Holds its state per parameter, on the parameter's device.</summary>
public interface IOptimizer : IDisposable
{
    /// <summary>One step at this learning rate. Runs without recording gradients.</summary>
    /// <param name="learningRate">Of this step.</param>
    /// <param name="gradientScale">Multiplies the gradients, which stay as they are: clipping without a pass of its own.</param>
    /// <param name="factor">Multiplies them too: a number that only the device knows, so that nobody waits to hear it. Null for 1.</param>
    void Step(double learningRate, double gradientScale = 1, Tensor? factor = null);

    /// <summary>Bytes of state beside the parameters.</summary>
    long StateBytes { get; }

    /// <summary>Steps taken. Together with <see cref="State"/> it is all that a step depends on besides parameters and gradients.</summary>
    int Steps { get; set; }

    /// <summary>
    /// The state, live: whoever reads the tensors between two steps sees it, whoever writes into them changes it, however it lies in memory.
    /// Call it within a dispose scope.
    /// </summary>
    IEnumerable<OptimizerPart> State();
}

/// <param name="Name">What it is of its parameter, such as <c>mean</c> and <c>square</c>.</param>
/// <param name="Parameter">Index of the parameter, as given to the optimiser.</param>
/// <param name="Value">Of the parameter's shape, or a reduction of it; never to be disposed by the caller.</param>
public sealed record OptimizerPart(string Name, int Parameter, Tensor Value);
