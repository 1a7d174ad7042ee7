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
    /// <summary>The type that a product's operands are cast to.</summary>
    internal static ScalarType ToScalarType(this Precision precision) =>
        precision == Precision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;
}
