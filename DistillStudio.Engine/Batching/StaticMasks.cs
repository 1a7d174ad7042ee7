using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Batching;

/// <summary>What masks of a <see cref="StaticBatch"/> depend on, at fixed addresses. Owns its tensors.</summary>
internal sealed class StaticMasks : IDisposable
{
    private readonly StaticBatch _batch;
    private readonly Tensor _numbers; // seed, source keys, target keys, sequences: int64

    /// <param name="batch">Outlives this.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="device">Device of the model.</param>
    internal StaticMasks(StaticBatch batch, StaticShape shape, Device device)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        _batch = batch;
        _numbers = zeros([1 + shape.Inputs + shape.Targets + shape.Rows], ScalarType.Int64, device).DetachFromDisposeScope();
        Tensor Part(long start, long count) => _numbers.narrow(0, start, count).DetachFromDisposeScope();
        Masks = new(
            Part(0, 1), Part(1, shape.Inputs), Part(1 + shape.Inputs, shape.Targets),
            new Dictionary<uint[], Tensor>
            {
                [batch.Source[0].Sequences] = Part(1 + shape.Inputs + shape.Targets, shape.Rows),
            });
    }

    internal DeviceMasks Masks { get; }

    /// <summary>Copies what the masks of the loaded batch depend on to the device.</summary>
    /// <param name="seed">Seed of the step.</param>
    internal void Load(ulong seed) => HostTransfer.Fill(
        _numbers,
        [
            (long)seed, .. _batch.SourceKeys.Select(key => (long)key), .. _batch.TargetKeys.Select(key => (long)key),
            .. _batch.Source[0].Sequences.Select(key => (long)key),
        ]);

    public void Dispose()
    {
        foreach (Tensor view in (Tensor[])[Masks.Seed, Masks.SourceKeys, Masks.TargetKeys, .. Masks.Sequences.Values, _numbers])
        {
            view.Dispose();
        }
    }
}
