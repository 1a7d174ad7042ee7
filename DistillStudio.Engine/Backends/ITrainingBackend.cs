using DistillStudio.Engine.Batching;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Backends;

/// <summary>Computes a step's losses and gradients; all backends agree up to rounding, dropout included.</summary>
internal interface ITrainingBackend : IDisposable
{
    /// <summary>Copies of the weights that an optimiser on the CPU may write; null if there are none.</summary>
    IWeightCopies? Copies => null;

    /// <summary>Copies of contiguous weights that the optimiser's kernel may write; null if there are none.</summary>
    FlatCopies? FlatCopies => null;

    /// <summary>State of the copies of either kind, for an optimiser that does not write them; null if there are none.</summary>
    ICopyState? CopyState => FlatCopies is { } flat ? flat : Copies;

    /// <summary>Runs the forward pass without dropout and without gradients.</summary>
    /// <returns>Each target token's loss in nats, row after row.</returns>
    float[] Losses(PackedBatch batch);

    /// <summary>Runs the forward pass with dropout, and the backward pass into the gradients of the model's parameters.</summary>
    /// <param name="batch">Batch whose weighted sum of losses is minimised.</param>
    /// <param name="seed">Dropout depends only on this, the site and the row.</param>
    /// <param name="accumulate">Whether to add to the existing gradients instead of replacing them.</param>
    /// <param name="onPhase">Called whenever the forward pass, the LM head with its losses, or the backward pass ends.</param>
    /// <returns>The same as <see cref="Losses"/>, but with dropout; if the batch has pairs, their weighted loss follows.</returns>
    /// <exception cref="NotSupportedException">The batch has pairs, and the backend does not support them.</exception>
    float[] ForwardBackward(PackedBatch batch, ulong seed, bool accumulate, Action<BackendPhase>? onPhase = null);

    /// <summary>Does the same without waiting for the device, if it computes asynchronously.</summary>
    /// <returns>[target tokens], float32, on the model's device. Belongs to the dispose scope that is open.</returns>
    Tensor Launch(PackedBatch batch, ulong seed, bool accumulate, Action<BackendPhase>? onPhase = null) =>
        tensor(ForwardBackward(batch, seed, accumulate, onPhase));
}

/// <summary>Phases of a step, for measurements.</summary>
internal enum BackendPhase
{
    Forward,
    Head,
    Backward,
}
