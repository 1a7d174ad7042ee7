using DistillStudio.Engine.Batching;

namespace DistillStudio.Engine.Backends;

/// <summary>Computes losses without gradients, of several batches at a time on different threads.</summary>
internal interface ILosses : IDisposable
{
    /// <inheritdoc cref="ITrainingBackend.Losses"/>
    float[] Losses(PackedBatch batch);
}
