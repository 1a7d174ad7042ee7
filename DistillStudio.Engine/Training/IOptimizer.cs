namespace DistillStudio.Engine.Training;

/// <summary>Changes parameters by their gradients. Holds its state per parameter, on the parameter's device.</summary>
public interface IOptimizer : IDisposable
{
    /// <summary>One step at this learning rate. Runs without recording gradients.</summary>
    void Step(double learningRate);

    /// <summary>Bytes of state beside the parameters.</summary>
    long StateBytes { get; }
}
