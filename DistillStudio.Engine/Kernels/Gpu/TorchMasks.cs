using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary>The masks of <see cref="DropoutMask"/> by libtorch's operators, on any device.</summary>
internal static class TorchMasks
{
    private const ulong Step = 0x9E3779B97F4A7C15;
    private const long Low = 0xFFFFFFFF;

    /// <param name="keys">[rows], int64</param>
    /// <param name="seed">[1], int64</param>
    /// <param name="width">Columns.</param>
    /// <returns>[rows, width], float32: 0 for dropped elements, 1 / (1 − rate) for the others.</returns>
    internal static Tensor Factors(Tensor keys, Tensor seed, GpuMask mask, long width)
    {
        using DisposeScope scope = NewDisposeScope();
        using Scalar scale = mask.Scale.ToScalar();
        using Scalar threshold = ((long)mask.Threshold).ToScalar();
        Tensor key = Derive(seed, Constant(mask.Site, seed));                                  // [1]
        Tensor rows = Derive(key, keys).unsqueeze(1);                                          // [rows, 1]
        Tensor columns = TensorArithmetic.Range(width, seed.device).unsqueeze(0);              // [1, width]
        Tensor x = Lowest(columns * Constant(0x9E3779B9, seed)).bitwise_xor(Lowest(rows));     // [rows, width]
        x = Lowest(x.bitwise_xor(Shift(x, 16)) * Constant(0x7FEB352D, seed)).bitwise_xor(Shift(rows, 32));
        x = Lowest(x.bitwise_xor(Shift(x, 15)) * Constant(0x846CA68B, seed));
        return (x.ge(threshold).to(ScalarType.Float32) * scale).MoveToOuterDisposeScope();
    }

    /// <summary>Computes <see cref="Runtime.SeededRandom.Derive"/>.</summary>
    private static Tensor Derive(Tensor seed, Tensor stream) =>
        Mix(Mix(seed.Plus(Constant(Step, seed))).bitwise_xor(Mix((stream * Constant(Step, seed)).Plus(Constant(1, seed)))));

    private static Tensor Mix(Tensor z)
    {
        z = z.bitwise_xor(Shift(z, 30)) * Constant(0xBF58476D1CE4E5B9, z);
        z = z.bitwise_xor(Shift(z, 27)) * Constant(0x94D049BB133111EB, z);
        return z.bitwise_xor(Shift(z, 31));
    }

    /// <summary>Shifts to the right and fills with zeros, unlike libtorch, whose numbers have a sign.</summary>
    private static Tensor Shift(Tensor z, int bits) =>
        z.bitwise_right_shift(Constant((ulong)bits, z)).bitwise_and(Constant((1UL << (64 - bits)) - 1, z));

    private static Tensor Lowest(Tensor z) => z.bitwise_and(Constant(Low, z));

    /// <summary>Made on the device: a copy from the host could not be recorded in a graph.</summary>
    private static Tensor Constant(ulong value, Tensor like)
    {
        using Scalar number = unchecked((long)value).ToScalar();
        return full([1], number, ScalarType.Int64, like.device);
    }
}
