using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Runtime.Interop;

/// <summary>
/// Operations for which TorchSharp makes <see cref="Scalar"/>s of its own. The garbage collector may free those while libtorch reads them:
/// the call fails, or adds a random multiple. Here they outlive the call.
/// </summary>
internal static class TensorArithmetic
{
    /// <summary>The factor for <c>add_</c> and its like.</summary>
    internal static Scalar One { get; } = 1.ToScalar();

    private static Scalar Zero { get; } = 0.ToScalar();

    internal static Tensor Plus(this Tensor left, Tensor right) => left.add(right, One);

    /// <summary>Returns 0 … <paramref name="count"/> − 1, int64.</summary>
    internal static Tensor Range(long count, Device device)
    {
        using Scalar end = count.ToScalar();
        return arange(Zero, end, One, ScalarType.Int64, device);
    }
}
