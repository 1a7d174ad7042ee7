using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Model.ByHand;
using TorchSharp;

namespace DistillStudio.Engine.Model;

/// <summary>Which way of computing a step fits a model and this machine.</summary>
internal static class GradientPasses
{
    /// <summary>By hand where it is known to be faster: on a CPU whose registers hold sixteen numbers, for activations that have a kernel.</summary>
    internal static bool IsByHand(T5 model) =>
        model.Device.type == DeviceType.CPU && Lanes.AreWide && model.Config.Activation is not Activation.Gelu;

    /// <param name="model">Where it will stay.</param>
    internal static IGradientPass For(T5 model) => !IsByHand(model)
        ? new AutogradPass(model)
        : model.Precision == Precision.BFloat16
            ? new ByHandPass<BFloat16Format>(model)
            : new ByHandPass<Float32Format>(model);
}
