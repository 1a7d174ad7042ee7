using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Model;

namespace DistillStudio.Engine.Backends;

/// <summary>One way of computing a step's losses and gradients; all ways give the same up to rounding, dropout included.</summary>
internal interface ITrainingBackend : IDisposable
{
    /// <summary>Forward without dropout and without gradients.</summary>
    /// <returns>Each target token's loss in nats, row after row.</returns>
    float[] Losses(PackedBatch batch);

    /// <summary>Forward with dropout, and backward into the gradients of the model's parameters.</summary>
    /// <param name="batch">Its weights make the sum that is minimised.</param>
    /// <param name="seed">All that dropout depends on besides place and row.</param>
    /// <param name="accumulate">Add to the gradients that are there instead of replacing them.</param>
    /// <param name="onPhase">Called when the forward pass, the head with its losses, and the backward pass end, as often as each does.</param>
    /// <returns>As <see cref="Losses"/>, but with dropout.</returns>
    float[] ForwardBackward(PackedBatch batch, ulong seed, bool accumulate, Action<BackendPhase>? onPhase = null);
}

/// <summary>Parts of a pass, for measurements.</summary>
internal enum BackendPhase
{
    Forward,
    Head,
    Backward,
}
