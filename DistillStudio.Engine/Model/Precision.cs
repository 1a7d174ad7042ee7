using DistillStudio.Engine.Runtime.Hardware;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Model;

/// <summary>The number format of matrix products. Weights, residual stream, norms, softmax and loss are always float32.</summary>
public enum Precision
{
    Float32,

    /// <summary>Products of bfloat16 operands over float32 master weights.</summary>
    BFloat16,
}

internal static class PrecisionExtensions
{
    /// <summary>
    /// Returns the requested precision; by default bfloat16 on a GPU that supports its products, and float32 elsewhere.
    /// </summary>
    /// <param name="requested">True for bfloat16 products; null for the device's default.</param>
    /// <param name="device">Device of the model.</param>
    internal static Precision Choose(bool? requested, Device device) =>
        Choose(requested, device.type == DeviceType.CUDA ? GpuCapability.Major(Math.Max(0, device.index)) : null);

    /// <inheritdoc cref="Choose(bool?, Device)"/>
    /// <param name="capability">The major version of the GPU's compute capability; null on the CPU, and if the driver does not report
    /// it.</param>
    internal static Precision Choose(bool? requested, int? capability) =>
        requested ?? capability >= GpuCapability.FirstWithBFloat16 ? Precision.BFloat16 : Precision.Float32;

    /// <summary>Name in records, reports and pages.</summary>
    internal static string Name(this Precision precision) => precision == Precision.BFloat16 ? "bf16" : "float32";

    /// <summary>Type that a product's operands are cast to.</summary>
    internal static ScalarType ToScalarType(this Precision precision) =>
        precision == Precision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;
}
