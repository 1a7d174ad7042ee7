using DistillStudio.Engine.Backends.Cpu;
using DistillStudio.Engine.Backends.Kernels;
using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Model.ByHand;
using TorchSharp;

namespace DistillStudio.Engine.Backends;

/// <summary>Which way of computing fits a model and this machine.</summary>
internal static class ComputeBackends
{
    /// <summary>By hand where it is known to be faster: on a CPU whose registers hold sixteen numbers, for activations that have a kernel.</summary>
    internal static bool UsesCpuBackend(T5 model) => UsesCpuBackend(model.Config, model.Device.type);

    /// <inheritdoc cref="UsesCpuBackend(T5)"/>
    internal static bool UsesCpuBackend(T5Config config, DeviceType device) =>
        device == DeviceType.CPU && Lanes.AreWide && config.Activation is not Activation.Gelu;

    /// <param name="model">Where it will stay.</param>
    /// <param name="kind">Which of the ways.</param>
    /// <param name="flat">The model's weights where they lie in one stretch; null where they do not.</param>
    internal static ITrainingBackend CreateTraining(T5 model, BackendKind kind = BackendKind.Auto, FlatParameters? flat = null) => kind != BackendKind.Auto || !UsesCpuBackend(model)
        ? new AutogradBackend(model, flat)
        : model.Precision == Precision.BFloat16
            ? new CpuBackend<BFloat16Format>(model)
            : new CpuBackend<Float32Format>(model);

    /// <param name="model">In eval mode; its weights must not change while it writes.</param>
    internal static IDecoding CreateDecoding(T5 model) => !UsesCpuBackend(model)
        ? new TensorDecoding(model)
        : model.Precision == Precision.BFloat16
            ? new CpuDecoding<BFloat16Format>(model)
            : new CpuDecoding<Float32Format>(model);
}
