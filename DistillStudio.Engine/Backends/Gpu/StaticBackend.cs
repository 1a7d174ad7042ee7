using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Backends.Gpu;

/// <summary>
/// Computes forward and backward pass with libtorch's autograd on batches of few fixed shapes at fixed addresses, which a GPU can record
/// once and replay. Runs uncaptured on every device. Batches with pairs go through <see cref="AutogradBackend"/>.
/// </summary>
/// <param name="model">In train mode for <see cref="ForwardBackward"/>.</param>
/// <param name="flat">Contiguous storage of the model's weights and gradients.</param>
/// <param name="graphs">Graphs of the model; disposed by the caller.</param>
/// <param name="grid">Granularity of the shapes; null for the default.</param>
internal sealed class StaticBackend(T5 model, FlatParameters flat, ModelGraphs graphs, StaticGrid? grid = null) : ITrainingBackend
{
    private readonly AutogradBackend _dynamic = new(model, flat);
    private readonly StaticGrid _grid = grid ?? StaticGrid.Default;
    private readonly FlatCopies? _copies = model.Dropout.Operations is { } operations && model.Precision == Precision.BFloat16
        ? new(model, flat, operations)
        : null;

    /// <summary>Inputs of one shape, and what of a step lies on the host: the dropout shared on a CPU.</summary>
    private sealed record Buffers(StaticBatch Batch) : IDisposable
    {
        internal ulong Seed { get; set; }

        public void Dispose() => Batch.Dispose();
    }

    /// <summary>Copies of the weights, with own kernels in bfloat16; otherwise null.</summary>
    public FlatCopies? FlatCopies => _copies;

    /// <summary>Computed with the actual shapes, which vary more in an evaluation than in training.</summary>
    public float[] Losses(PackedBatch batch) => _dynamic.Losses(batch);

    public float[] ForwardBackward(PackedBatch batch, ulong seed, bool accumulate, Action<BackendPhase>? onPhase = null)
    {
        using DisposeScope scope = NewDisposeScope();
        return [.. Launch(batch, seed, accumulate, onPhase).cpu().data<float>()];
    }

    /// <inheritdoc cref="ITrainingBackend.Launch"/>
    /// <remarks>The time of all phases counts as <see cref="BackendPhase.Backward"/>.</remarks>
    public Tensor Launch(PackedBatch batch, ulong seed, bool accumulate, Action<BackendPhase>? onPhase = null)
    {
        if (accumulate)
        {
            SetCurrent(true); // the weights are those of the launch before
        }

        _copies?.Refresh(); // a replayed step would read outdated ones
        Tensor losses = batch.Pairs.Count > 0
            ? _dynamic.Launch(batch, seed, accumulate, onPhase)
            : LaunchStatic(batch, seed, accumulate, onPhase);
        SetCurrent(false); // an optimiser that writes them with the weights says so
        return losses;
    }

    public void Dispose()
    {
        _copies?.Dispose();
        _dynamic.Dispose();
    }

    private Tensor LaunchStatic(PackedBatch batch, ulong seed, bool accumulate, Action<BackendPhase>? onPhase)
    {
        using DisposeScope scope = NewDisposeScope();
        if (!accumulate)
        {
            flat.Gradients.zero_();
        }

        DeviceSeed.Set(model.Device, SeededRandom.Derive(seed, batch.Sequences[0])); // read by the graph when it is replayed
        StaticShape shape = StaticShape.Of(batch, _grid);
        Buffers buffers = graphs.Cache.Run(
            shape,
            () => new Buffers(new StaticBatch(shape, model.Device)),
            empty =>
            {
                empty.Batch.Load(batch, seed);
                empty.Seed = seed;
            },
            Compute);
        onPhase?.Invoke(BackendPhase.Backward);
        return buffers.Batch.Losses.narrow(0, 0, batch.Targets.Length).clone().MoveToOuterDisposeScope();
    }

    private void SetCurrent(bool areCurrent)
    {
        if (_copies is not null)
        {
            _copies.AreCurrent = areCurrent;
        }
    }

    private void Compute(Buffers buffers)
    {
        using DisposeScope scope = NewDisposeScope();
        StaticBatch batch = buffers.Batch;
        using IDisposable? shared = model.Dropout.Operations is not null ? model.Dropout.ShareOnDevice(MasksOf(batch))
            : model.Device.type == DeviceType.CPU ? model.Dropout.Share(buffers.Seed, batch.SourceKeys, batch.TargetKeys)
            : null;
        Tensor losses = model.Losses(model.TargetStates(batch), batch.Targets);
        _dynamic.Backward((losses * batch.Weights).sum());
        using IDisposable noGrad = no_grad();
        batch.Losses.copy_(losses);
    }

    private static DeviceMasks MasksOf(StaticBatch batch) => new(
        batch.DeviceSeed, batch.DeviceSourceKeys, batch.DeviceTargetKeys,
        new Dictionary<uint[], Tensor> { [batch.Source[0].Sequences] = batch.DeviceSequences });
}
