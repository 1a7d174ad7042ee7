using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Kernels.Gpu;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Backends;

/// <summary>
/// Computes the backward pass with libtorch's autograd; supports every device and every T5. All tasks of a batch go through the model
/// together.
/// </summary>
/// <param name="model">In train mode for <see cref="ForwardBackward"/>.</param>
/// <param name="flat">Contiguous buffer of the model's weights; null if there is none.</param>
internal sealed class AutogradBackend(T5 model, FlatParameters? flat = null) : ITrainingBackend
{
    private readonly Parameter[] _parameters = [.. model.parameters()];

    public float[] Losses(PackedBatch batch)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        var tensors = new BatchTensors(batch, model.Config.NumHeads, model.Device);
        return Read(model.Losses(model.TargetStates(tensors), tensors.Targets));
    }

    public float[] ForwardBackward(PackedBatch batch, ulong seed, bool accumulate, Action<BackendPhase>? onPhase = null)
    {
        using DisposeScope scope = NewDisposeScope();
        return Read(Launch(batch, seed, accumulate, onPhase));
    }

    public Tensor Launch(PackedBatch batch, ulong seed, bool accumulate, Action<BackendPhase>? onPhase = null)
    {
        if (!accumulate)
        {
            ClearGradients();
        }

        using DisposeScope scope = NewDisposeScope();
        bool hasKernels = model.Dropout.Operations is not null;
        bool isShared = model.Device.type == DeviceType.CPU && !hasKernels;
        DeviceSeed.Set(model.Device, SeededRandom.Derive(seed, batch.Sequences[0])); // gives each batch of a step its own dropout masks

        var tensors = new BatchTensors(batch, model.Config.NumHeads, model.Device);
        using IDisposable? shared = isShared ? model.Dropout.Share(seed, batch)
            : hasKernels ? model.Dropout.ShareOnDevice(DeviceMasks.Send(seed, batch, tensors, model.Device))
            : null;
        Tensor hidden = model.TargetStates(tensors);
        onPhase?.Invoke(BackendPhase.Forward);
        if (batch.Pairs.Count > 0)
        {
            return BackwardWithPairs(batch, tensors, hidden, onPhase).MoveToOuterDisposeScope();
        }

        Tensor losses = model.Losses(hidden, tensors.Targets);
        onPhase?.Invoke(BackendPhase.Head);
        Backward((losses * tensors.Weights).sum());
        onPhase?.Invoke(BackendPhase.Backward);
        return losses.detach().MoveToOuterDisposeScope();
    }

    private Tensor BackwardWithPairs(PackedBatch batch, BatchTensors tensors, Tensor hidden, Action<BackendPhase>? onPhase)
    {
        using Scalar weight = batch.PairWeight.ToScalar();
        Tensor logProbabilities = nn.functional.log_softmax(model.Logits(hidden), -1);                         // [N, V]
        Tensor losses = logProbabilities.gather(1, tensors.Targets.unsqueeze(1)).view(-1).neg();               // [N]
        Tensor mutual = MutualInformationLoss.Sum(logProbabilities, batch).mul(weight);
        onPhase?.Invoke(BackendPhase.Head);
        Backward((losses * tensors.Weights).sum().Plus(mutual));
        onPhase?.Invoke(BackendPhase.Backward);
        return cat([losses.detach(), mutual.detach().view(1)]);
    }

    public void Dispose()
    {
    }

    /// <summary>Computes the gradients of a loss.</summary>
    /// <exception cref="StudioException">A backward pass of own kernels failed.</exception>
    internal void Backward(Tensor loss)
    {
        if (model.Dropout.Operations is { } operations)
        {
            FusedGradients.Backward(loss, operations);
        }
        else
        {
            loss.backward();
        }
    }

    /// <summary>Zeroes the gradients instead of releasing them, so that their memory is reused.</summary>
    private void ClearGradients()
    {
        using DisposeScope scope = NewDisposeScope();
        if (flat is not null)
        {
            flat.Gradients.zero_();
            return;
        }

        foreach (Parameter parameter in _parameters)
        {
            parameter.grad?.zero_();
        }
    }

    private static float[] Read(Tensor losses) => [.. losses.cpu().data<float>()];
}
