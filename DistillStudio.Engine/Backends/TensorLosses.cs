using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Model;

namespace DistillStudio.Engine.Backends;

/// <summary>Computes losses with libtorch; supports every T5.</summary>
/// <param name="model">The model in eval mode; its weights must not change until disposed.</param>
internal sealed class TensorLosses(T5 model) : ILosses
{
    private readonly IDisposable _operands = model.CacheWeightCasts(); // else each batch would cast them
    private readonly AutogradBackend _pass = new(model);

    public float[] Losses(PackedBatch batch) => _pass.Losses(batch);

    public void Dispose()
    {
        _pass.Dispose();
        _operands.Dispose();
    }
}
