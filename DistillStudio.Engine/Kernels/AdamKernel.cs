using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DistillStudio.Engine.Kernels;

/// <summary>Factors of one Adam step (Kingma and Ba 2015, algorithm 1), the same for every weight.</summary>
/// <param name="GradientScale">Multiplies the gradient g.</param>
/// <param name="Beta1">m = β₁ m + rest₁ g</param>
/// <param name="Rest1">1 − β₁, rounded once.</param>
/// <param name="Beta2">v = β₂ v + rest₂ g²</param>
/// <param name="Rest2">1 − β₂, rounded once.</param>
/// <param name="Rate">w = w − rate · m / (√v / root + ε), where rate includes the bias correction of m.</param>
/// <param name="Root">Square root of the bias correction of v.</param>
/// <param name="Epsilon">ε</param>
internal readonly record struct AdamFactors(
    float GradientScale, float Beta1, float Rest1, float Beta2, float Rest2, float Rate, float Root, float Epsilon);

/// <summary>Applies an Adam step, reading and writing each element once.</summary>
internal static unsafe class AdamKernel
{
    [MethodImpl(Lanes.Kernel)]
    internal static void Step(float* weight, float* gradient, float* mean, float* square, int count, AdamFactors factors)
    {
        Vector512<float> scale = Vector512.Create(factors.GradientScale);
        Vector512<float> beta1 = Vector512.Create(factors.Beta1);
        Vector512<float> beta2 = Vector512.Create(factors.Beta2);
        Vector512<float> rest1 = Vector512.Create(factors.Rest1);
        Vector512<float> rest2 = Vector512.Create(factors.Rest2);
        Vector512<float> rate = Vector512.Create(factors.Rate);
        Vector512<float> inverseRoot = Vector512.Create(1 / factors.Root);
        Vector512<float> epsilon = Vector512.Create(factors.Epsilon);
        int whole = count / Lanes.Count * Lanes.Count;
        for (int i = 0; i < whole; i += Lanes.Count)
        {
            Vector512<float> g = Vector512.Load(gradient + i) * scale;
            Vector512<float> m = Vector512.FusedMultiplyAdd(rest1, g, beta1 * Vector512.Load(mean + i));
            Vector512<float> v = Vector512.FusedMultiplyAdd(rest2, g * g, beta2 * Vector512.Load(square + i));
            Vector512<float> w = Vector512.Load(weight + i) - (rate * m / ((Vector512.Sqrt(v) * inverseRoot) + epsilon));
            m.Store(mean + i);
            v.Store(square + i);
            w.Store(weight + i);
        }

        if (whole < count)
        {
            StepEnd(weight + whole, gradient + whole, mean + whole, square + whole, count - whole, factors);
        }
    }

    /// <summary>
    /// Updates fewer than sixteen elements in a copy of sixteen: a tail check at each vector would keep the factors of the main loop
    /// out of the registers.
    /// </summary>
    private static void StepEnd(float* weight, float* gradient, float* mean, float* square, int count, AdamFactors factors)
    {
        float* copy = stackalloc float[4 * Lanes.Count];
        new Span<float>(copy, 4 * Lanes.Count).Clear();
        Copy(weight, copy, count);
        Copy(gradient, copy + Lanes.Count, count);
        Copy(mean, copy + (2 * Lanes.Count), count);
        Copy(square, copy + (3 * Lanes.Count), count);
        Step(copy, copy + Lanes.Count, copy + (2 * Lanes.Count), copy + (3 * Lanes.Count), Lanes.Count, factors);
        Copy(copy, weight, count);
        Copy(copy + (2 * Lanes.Count), mean, count);
        Copy(copy + (3 * Lanes.Count), square, count);
    }

    private static void Copy(float* from, float* to, int count) => new ReadOnlySpan<float>(from, count).CopyTo(new Span<float>(to, count));
}

/// <summary>
/// Computes Σ x²: sixteen float32 sums over a short block, accumulated in float64, so that millions of elements lose no precision.
/// </summary>
internal static unsafe class SquareSumKernel
{
    private const int Block = 2048;

    /// <summary>Blocks that are read side by side: the processor fetches several streams faster than one.</summary>
    private const int Streams = 4;

    internal static double Run(float* numbers, int count)
    {
        double sum = 0;
        float* blocks = stackalloc float[Streams];
        int start = 0;
        for (; count - start >= Streams * Block; start += Streams * Block)
        {
            SumBlocks(numbers + start, blocks);
            for (int i = 0; i < Streams; i++)
            {
                sum += blocks[i];
            }
        }

        for (; start < count; start += Block)
        {
            sum += SumBlock(numbers + start, Math.Min(Block, count - start));
        }

        return sum;
    }

    [MethodImpl(Lanes.Kernel)]
    private static void SumBlocks(float* numbers, float* sums)
    {
        Vector512<float> first = Vector512<float>.Zero;
        Vector512<float> second = Vector512<float>.Zero;
        Vector512<float> third = Vector512<float>.Zero;
        Vector512<float> fourth = Vector512<float>.Zero;
        for (int i = 0; i < Block; i += Lanes.Count)
        {
            first = AddSquare(first, numbers + i);
            second = AddSquare(second, numbers + i + Block);
            third = AddSquare(third, numbers + i + (2 * Block));
            fourth = AddSquare(fourth, numbers + i + (3 * Block));
        }

        sums[0] = Vector512.Sum(first);
        sums[1] = Vector512.Sum(second);
        sums[2] = Vector512.Sum(third);
        sums[3] = Vector512.Sum(fourth);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> AddSquare(Vector512<float> sum, float* numbers)
    {
        Vector512<float> value = Vector512.Load(numbers);
        return Vector512.FusedMultiplyAdd(value, value, sum);
    }

    [MethodImpl(Lanes.Kernel)]
    private static float SumBlock(float* numbers, int count)
    {
        Vector512<float> squares = Vector512<float>.Zero;
        for (int i = 0; i < count; i += Lanes.Count)
        {
            Vector512<float> value = RowEnds.Load<Float32Format>(numbers, i, count - i);
            squares = Vector512.FusedMultiplyAdd(value, value, squares);
        }

        return Vector512.Sum(squares);
    }
}
