using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Model;

/// <summary>Matrix products with checked shapes, because a mismatch inside the native call terminates the process.</summary>
public static class Shapes
{
    /// <summary>Multiplies batched matrices without broadcasting.</summary>
    /// <param name="left">[..., M, K]</param>
    /// <param name="right">[..., K, N], with the same leading sizes.</param>
    /// <returns>[..., M, N]</returns>
    /// <exception cref="ArgumentException">The shapes or data types do not match.</exception>
    public static Tensor MatMul(
        Tensor left,
        Tensor right,
        [CallerArgumentExpression(nameof(left))] string leftName = "",
        [CallerArgumentExpression(nameof(right))] string rightName = "")
    {
        ReadOnlySpan<long> a = left.shape;
        ReadOnlySpan<long> b = right.shape;
        bool fits = a.Length >= 2 && a.Length == b.Length && a[^1] == b[^2] && a[..^2].SequenceEqual(b[..^2])
            && left.dtype == right.dtype && left.device_type == right.device_type && left.device_index == right.device_index;
        return fits
            ? matmul(left, right)
            : throw new ArgumentException($"{leftName} {Describe(left)} cannot be multiplied by {rightName} {Describe(right)}.");
    }

    /// <summary>Returns a description such as <c>[2, 3] Float32</c>.</summary>
    private static string Describe(Tensor tensor) => $"[{string.Join(", ", tensor.shape)}] {tensor.dtype} on {tensor.device}";
}
