using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DistillStudio.Engine.Runtime.Hardware;

namespace DistillStudio.Engine.Kernels;

/// <summary>Activation function and its derivative.</summary>
internal interface IActivation
{
    static abstract Vector512<float> Value(Vector512<float> x);

    static abstract Vector512<float> Slope(Vector512<float> x);
}

/// <summary>max(x, 0)</summary>
internal readonly struct ReluActivation : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Value(Vector512<float> x) => Vector512.MaxNative(Vector512<float>.Zero, x); // propagates NaN

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Slope(Vector512<float> x) =>
        Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512<float>.Zero), Vector512<float>.One, Vector512<float>.Zero);
}

/// <summary>x · σ(x)</summary>
internal readonly struct SiluActivation : IActivation
{
    private const float Limit = 100; // beyond ±Limit the function and its derivative equal their asymptotes in float32

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Value(Vector512<float> x) => ClampBelow(x) * Sigmoid(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Slope(Vector512<float> x)
    {
        x = Clamp(x);
        Vector512<float> share = Sigmoid(x);
        return share * (Vector512<float>.One + (x * (Vector512<float>.One - share)));
    }

    /// <summary>Stops a huge negative factor, which would make much of a share that is only nearly 0; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> ClampBelow(Vector512<float> x) => Vector512.MaxNative(Vector512.Create(-Limit), x);

    /// <summary>Stops at both sides, where powers may overflow too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Clamp(Vector512<float> x) => Vector512.MinNative(Vector512.Create(Limit), ClampBelow(x));

    /// <summary>1 / (1 + e^-x)</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Sigmoid(Vector512<float> x) =>
        Vector512<float>.One / (Vector512<float>.One + Lanes.Exp(Vector512.Min(-x, Vector512.Create(80f))));
}

/// <summary>
/// The tanh approximation of x · Φ(x) (Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415): ½ x (1 + tanh u) = x · σ(2u) with
/// u = √(2/π) (x + 0.044715 x³).
/// </summary>
internal readonly struct GeluTanhActivation : IActivation
{
    private const float Root = 0.7978845608f;
    private const float Cubic = 0.044715f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Value(Vector512<float> x) =>
        SiluActivation.ClampBelow(x) * SiluActivation.Sigmoid(DoubleInner(x));

    /// <summary>σ(2u) + x · σ(2u) (1 − σ(2u)) · 2u'</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Slope(Vector512<float> x)
    {
        x = SiluActivation.Clamp(x);
        Vector512<float> share = SiluActivation.Sigmoid(DoubleInner(x));
        Vector512<float> inner = Vector512.Create(2 * Root) * (Vector512<float>.One + (Vector512.Create(3 * Cubic) * x * x));
        return share + (x * share * (Vector512<float>.One - share) * inner);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> DoubleInner(Vector512<float> x) =>
        Vector512.Create(2 * Root) * (x + (Vector512.Create(Cubic) * x * x * x));
}

/// <summary>Computes the activation of a feed-forward network: h = drop(act(a)), or gated h = drop(act(a) ∘ b).</summary>
internal static unsafe class ActivationKernel<TFormat, TActivation>
    where TFormat : struct, INumberFormat
    where TActivation : struct, IActivation
{
    private const int RowsPerPart = 8;

    /// <param name="rows">A multiple of 8.</param>
    /// <param name="width">d_ff</param>
    /// <param name="keys">[rows]</param>
    /// <param name="mask">Dropout mask of h.</param>
    /// <param name="a">[rows, d_ff]</param>
    /// <param name="b">[rows, d_ff]; null if not gated.</param>
    /// <param name="h">Receives the result; may be <paramref name="a"/>.</param>
    internal static void Forward(int rows, int width, ulong* keys, DropoutMask mask, void* a, void* b, void* h) =>
        ParallelTeam.Run(rows / RowsPerPart, new ForwardJob(width, keys, mask, a, b, h));

    private readonly struct ForwardJob(int width, ulong* keys, DropoutMask mask, void* a, void* b, void* h) : IJob
    {
        public void Do(int part, int worker) => ForwardPart(part, width, keys, mask, a, b, h);
    }

    [MethodImpl(Lanes.Kernel)]
    private static void ForwardPart(int part, int width, ulong* keys, DropoutMask mask, void* a, void* b, void* h)
    {
        for (int row = part * RowsPerPart; row < (part + 1) * RowsPerPart; row++)
        {
            RowMask drop = mask.Row(keys[row]);
            long start = (long)row * width;
            for (int i = 0; i < width; i += Lanes.Count)
            {
                int left = width - i;
                Vector512<float> value = TActivation.Value(RowEnds.Load<TFormat>(a, start + i, left));
                if (b is not null)
                {
                    value *= RowEnds.Load<TFormat>(b, start + i, left);
                }

                RowEnds.Store<TFormat>(h, start + i, left, drop.Apply(value, i));
            }
        }
    }

    /// <summary>Computes the activation for few rows, without dropout, on the calling thread.</summary>
    /// <param name="rows">Any number of rows.</param>
    /// <param name="width">d_ff</param>
    /// <param name="a">[rows, d_ff]; gated [rows, 2 · d_ff], for each row first a, then b.</param>
    /// <param name="isGated">Whether there is a b.</param>
    /// <param name="h">Receives the result; may be <paramref name="a"/> if not gated.</param>
    [MethodImpl(Lanes.Kernel)]
    internal static void ForwardFew(int rows, int width, void* a, bool isGated, void* h)
    {
        for (int row = 0; row < rows; row++)
        {
            long from = (long)row * (isGated ? 2 : 1) * width;
            for (int i = 0; i < width; i += Lanes.Count)
            {
                Vector512<float> value = TActivation.Value(RowEnds.Load<TFormat>(a, from + i, width - i));
                if (isGated)
                {
                    value *= RowEnds.Load<TFormat>(a, from + width + i, width - i);
                }

                RowEnds.Store<TFormat>(h, ((long)row * width) + i, width - i, value);
            }
        }
    }

    /// <summary>Computes da = drop(dh) ∘ act'(a), gated ∘ b; db = drop(dh) ∘ act(a).</summary>
    /// <param name="rows">A multiple of 8.</param>
    /// <param name="width">d_ff</param>
    /// <param name="keys">[rows]</param>
    /// <param name="mask">The same as in the forward pass.</param>
    /// <param name="a">The same as in the forward pass.</param>
    /// <param name="b">The same as in the forward pass; null if not gated.</param>
    /// <param name="hGradient">dh; overwritten with da.</param>
    /// <param name="bGradient">Receives db.</param>
    internal static void Backward(int rows, int width, ulong* keys, DropoutMask mask, void* a, void* b, void* hGradient, void* bGradient) =>
        ParallelTeam.Run(rows / RowsPerPart, new BackwardJob(width, keys, mask, a, b, hGradient, bGradient));

    private readonly struct BackwardJob(int width, ulong* keys, DropoutMask mask, void* a, void* b, void* hGradient, void* bGradient) : IJob
    {
        public void Do(int part, int worker) => BackwardPart(part, width, keys, mask, a, b, hGradient, bGradient);
    }

    [MethodImpl(Lanes.Kernel)]
    private static void BackwardPart(int part, int width, ulong* keys, DropoutMask mask, void* a, void* b, void* hGradient, void* bGradient)
    {
        for (int row = part * RowsPerPart; row < (part + 1) * RowsPerPart; row++)
        {
            RowMask drop = mask.Row(keys[row]);
            long start = (long)row * width;
            for (int i = 0; i < width; i += Lanes.Count)
            {
                int left = width - i;
                Vector512<float> x = RowEnds.Load<TFormat>(a, start + i, left);
                Vector512<float> gradient = drop.Apply(RowEnds.Load<TFormat>(hGradient, start + i, left), i);
                if (b is not null)
                {
                    RowEnds.Store<TFormat>(bGradient, start + i, left, gradient * TActivation.Value(x));
                    gradient *= RowEnds.Load<TFormat>(b, start + i, left);
                }

                RowEnds.Store<TFormat>(hGradient, start + i, left, gradient * TActivation.Slope(x));
            }
        }
    }

    /// <summary>
    /// Computes da from h alone, for ReLU without a gate: where h is positive, the derivative is 1 and nothing was dropped.
    /// </summary>
    /// <param name="rows">A multiple of 8.</param>
    /// <param name="width">d_ff</param>
    /// <param name="scale">Scale of the elements that were not dropped.</param>
    /// <param name="h">[rows, d_ff]</param>
    /// <param name="hGradient">dh; overwritten with da.</param>
    internal static void BackwardFromResult(int rows, int width, float scale, void* h, void* hGradient) =>
        ParallelTeam.Run(rows / RowsPerPart, new FromResultJob(width, scale, h, hGradient));

    private readonly struct FromResultJob(int width, float scale, void* h, void* hGradient) : IJob
    {
        public void Do(int part, int worker) => BackwardFromResultPart(part, width, scale, h, hGradient);
    }

    [MethodImpl(Lanes.Kernel)]
    private static void BackwardFromResultPart(int part, int width, float scale, void* h, void* hGradient)
    {
        long end = (long)(part + 1) * RowsPerPart * width;
        Vector512<float> kept = Vector512.Create(scale);
        for (long i = (long)part * RowsPerPart * width; i < end; i += Lanes.Count)
        {
            int left = (int)(end - i);
            Vector512<float> slope = Vector512.ConditionalSelect(
                Vector512.GreaterThan(RowEnds.Load<TFormat>(h, i, left), Vector512<float>.Zero), kept, Vector512<float>.Zero);
            RowEnds.Store<TFormat>(hGradient, i, left, RowEnds.Load<TFormat>(hGradient, i, left) * slope);
        }
    }
}
