using DistillStudio.Engine.Backends.Cpu;
using DistillStudio.Engine.Backends.Gpu;
using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Model;
using TorchSharp;

namespace DistillStudio.Engine.Backends;

/// <summary>Chooses the compute backend for a model on this machine.</summary>
internal static class ComputeBackends
{
    /// <summary>
    /// True where the CPU backend is known to be faster: on a CPU with 512-bit or 256-bit vectors, for activations that have a kernel.
    /// </summary>
    internal static bool UsesCpuBackend(T5 model) => UsesCpuBackend(model.Config, model.Device.type);

    /// <inheritdoc cref="UsesCpuBackend(T5)"/>
    internal static bool UsesCpuBackend(T5Config config, DeviceType device) =>
        device == DeviceType.CPU && Lanes.AreFast && config.Activation is not Activation.Gelu;

    /// <param name="model">The model, on its final device; static shapes need attached <see cref="ModelGraphs"/>.</param>
    /// <param name="kind">Requested backend.</param>
    /// <param name="flat">Contiguous buffer of the model's weights; null if there is none.</param>
    internal static ITrainingBackend CreateTraining(T5 model, BackendKind kind = BackendKind.Auto, FlatParameters? flat = null) =>
        kind != BackendKind.Autograd && flat is not null && ModelGraphs.Of(model) is { } graphs ? new StaticBackend(model, flat, graphs)
        : kind != BackendKind.Auto || !UsesCpuBackend(model) ? new AutogradBackend(model, flat)
        : model.Precision == Precision.BFloat16 ? new CpuBackend<BFloat16Format>(model)
        : new CpuBackend<Float32Format>(model);

    /// <summary>True if several threads can compute losses at a time: on a CPU, with the figures of <see cref="CreateTraining"/>.</summary>
    internal static bool AreLossesDivisible(T5 model, BackendKind kind) =>
        model.Device.type == DeviceType.CPU && kind != BackendKind.AsOnGpu && model.Dropout.Operations is null;

    /// <param name="model">The model in eval mode, of <see cref="AreLossesDivisible"/>; its weights must not change until disposed.</param>
    /// <param name="kind">Requested backend.</param>
    internal static ILosses CreateLosses(T5 model, BackendKind kind = BackendKind.Auto) =>
        kind != BackendKind.Auto || !UsesCpuBackend(model) ? new TensorLosses(model)
        : model.Precision == Precision.BFloat16 ? new CpuLosses<BFloat16Format>(model)
        : new CpuLosses<Float32Format>(model);

    /// <param name="model">The model in eval mode; its weights must not change during decoding.</param>
    internal static IDecoding CreateDecoding(T5 model) =>
        ModelGraphs.Of(model) is { } graphs ? new StaticDecoding(model, graphs)
        : !UsesCpuBackend(model) ? new TensorDecoding(model)
        : model.Precision == Precision.BFloat16 ? new CpuDecoding<BFloat16Format>(model)
        : new CpuDecoding<Float32Format>(model);

    /// <param name="model">The model in eval mode; its weights must not change during decoding. Several decodings of it may run at a time
    /// if it has no attached <see cref="ModelGraphs"/>.</param>
    internal static IBeamDecoding CreateBeamDecoding(T5 model) =>
        ModelGraphs.Of(model) is { } graphs ? new StaticBeamDecoding(model, graphs) : new TensorBeamDecoding(model);
}
