using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Model.ByHand;
using TorchSharp;

namespace DistillStudio.Engine.Model;

/// <summary>Which way of computing fits a model and this machine.</summary>
internal static class Computing
{
    /// <summary>By hand where it is known to be faster: on a CPU whose registers hold sixteen numbers, for activations that have a kernel.</summary>
    internal static bool IsByHand(T5 model) => IsByHand(model.Config, model.Device.type);

    /// <inheritdoc cref="IsByHand(T5)"/>
    internal static bool IsByHand(T5Config config, DeviceType device) =>
        device == DeviceType.CPU && Lanes.AreWide && config.Activation is not Activation.Gelu;

    /// <param name="model">Where it will stay.</param>
    /// <param name="kind">Which of the ways.</param>
    /// <param name="flat">The model's weights where they lie in one stretch; null where they do not.</param>
    internal static IGradientPass PassFor(T5 model, PassKind kind = PassKind.Auto, FlatParameters? flat = null) => kind != PassKind.Auto || !IsByHand(model)
        ? new AutogradPass(model, flat)
        : model.Precision == Precision.BFloat16
            ? new ByHandPass<BFloat16Format>(model)
            : new ByHandPass<Float32Format>(model);

    /// <param name="model">In eval mode; its weights must not change while it writes.</param>
    internal static IDecoding DecodingFor(T5 model) => !IsByHand(model)
        ? new TensorDecoding(model)
        : model.Precision == Precision.BFloat16
            ? new ByHandDecoding<BFloat16Format>(model)
            : new ByHandDecoding<Float32Format>(model);
}
