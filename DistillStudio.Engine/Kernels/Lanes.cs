using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DistillStudio.Engine.Kernels;

/// <summary>Vectors of sixteen float32 elements.</summary>
internal static class Lanes
{
    internal const int Count = 16;

    /// <summary>
    /// Compilation options of loops over vectors. They are fully optimized at once, because the runtime's first, unoptimized code is
    /// several times slower and a short training run would end before it is replaced. They are not inlined, because inside one large
    /// method their own calls are no longer inlined and their sums spill from the registers.
    /// </summary>
    internal const MethodImplOptions Kernel = MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining;

    /// <summary>True if 512-bit vectors are hardware accelerated.</summary>
    internal static bool AreWide => Vector512.IsHardwareAccelerated;

    /// <summary>True if the vectors are hardware accelerated, whole or as two halves.</summary>
    internal static bool AreFast => AreWide || Fma.IsSupported;

    /// <summary>Rounds up to the next multiple of <see cref="Count"/>.</summary>
    internal static int RoundUp(int count) => (count + Count - 1) / Count * Count;

    /// <summary>Returns first, first + 1, …</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<int> From(int first) => Vector512.Create(first) + Vector512<int>.Indices;

    /// <summary>
    /// Computes e^x for x ≤ 88 with an error below two units in the last place; 0 below −87. Range reduction to |r| ≤ ln 2 / 2 by Cody
    /// and Waite, then a polynomial of degree 6 (J.-M. Muller, Elementary Functions, 3rd edition, chapters 3 and 11).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Exp(Vector512<float> x)
    {
        Vector512<float> clamped = Vector512.MaxNative(Vector512.Create(-88f), x); // returns the second operand if one is NaN
        Vector512<float> n = Vector512.Round(clamped * Vector512.Create(1.44269504f));
        Vector512<float> r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.693359375f), clamped);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(2.12194440e-4f), r);
        Vector512<float> p = Vector512.Create(1.3888889e-3f);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(8.3333333e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(4.1666667e-2f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.6666667e-1f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(0.5f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512<float>.One);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512<float>.One);
        Vector512<int> exponent = Vector512.ShiftLeft(Vector512.ConvertToInt32Native(n), 23);
        Vector512<float> scaled = (p.AsInt32() + exponent).AsSingle();
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(-87f)), Vector512<float>.Zero, scaled);
    }
    /// <summary>Returns the highest of the sixteen elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float Max(Vector512<float> x)
    {
        Vector256<float> eight = Vector256.MaxNative(x.GetLower(), x.GetUpper());
        Vector128<float> four = Vector128.MaxNative(eight.GetLower(), eight.GetUpper());
        return MathF.Max(MathF.Max(four[0], four[1]), MathF.Max(four[2], four[3]));
    }
}
