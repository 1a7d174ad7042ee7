using ILGPU;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <inheritdoc cref="IActivation"/>
internal interface IGpuActivation
{
    static abstract float Value(float x);

    /// <summary>Returns the value, and the slope, which has most of its computation in common with it.</summary>
    static abstract float Value(float x, out float slope);
}

/// <inheritdoc cref="ReluActivation"/>
internal readonly struct GpuRelu : IGpuActivation
{
    public static float Value(float x) => x < 0 ? 0 : x; // propagates NaN

    public static float Value(float x, out float slope)
    {
        slope = x > 0 ? 1f : 0f; // ILGPU keeps the bits of whole numbers that it should convert
        return Value(x);
    }
}

/// <inheritdoc cref="SiluActivation"/>
internal readonly struct GpuSilu : IGpuActivation
{
    private const float Limit = 100; // as in SiluActivation: beyond it the function is at its limits

    public static float Value(float x) => ClampBelow(x) * GpuMath.Sigmoid(x);

    public static float Value(float x, out float slope)
    {
        float clamped = Clamp(x);
        float share = GpuMath.Sigmoid(clamped);
        slope = share * (1 + (clamped * (1 - share)));
        return ClampBelow(x) * share;
    }

    /// <inheritdoc cref="SiluActivation.ClampBelow"/>
    internal static float ClampBelow(float x) => x < -Limit ? -Limit : x;

    /// <inheritdoc cref="SiluActivation.Clamp"/>
    internal static float Clamp(float x) => x > Limit ? Limit : ClampBelow(x);
}

/// <inheritdoc cref="GeluTanhActivation"/>
internal readonly struct GpuGeluTanh : IGpuActivation
{
    private const float Root = 0.7978845608f;
    private const float Cubic = 0.044715f;

    public static float Value(float x) => GpuSilu.ClampBelow(x) * GpuMath.Sigmoid(DoubleInner(x));

    /// <remarks>The slope is <see cref="GeluTanhActivation.Slope"/>.</remarks>
    /// <inheritdoc/>
    public static float Value(float x, out float slope)
    {
        float clamped = GpuSilu.Clamp(x);
        float share = GpuMath.Sigmoid(DoubleInner(clamped));
        slope = share + (clamped * share * (1 - share) * (2 * Root) * (1 + (3 * Cubic * clamped * clamped)));
        return GpuSilu.ClampBelow(x) * share;
    }

    private static float DoubleInner(float x) => 2 * Root * (x + (Cubic * x * x * x));
}

/// <summary>The inner part of the feed-forward network, a group per row: h = drop(act(u)), or gated, h = drop(act(u) ∘ g).</summary>
internal static class GpuActivationKernel
{
    /// <param name="inner">u, [rows, d_ff], whose rows may lie apart</param>
    /// <param name="gate">g, [rows, d_ff], likewise; empty if not gated.</param>
    /// <param name="width">d_ff</param>
    /// <param name="stride">Elements from a row of u or g to the next, and likewise of their gradients.</param>
    /// <param name="result">Receives h, [rows, d_ff].</param>
    internal static void Forward<T, TFormat, TActivation>(
        ArrayView<T> inner, ArrayView<T> gate, ArrayView<long> keys, ArrayView<long> seed, GpuMask mask, int width, int stride,
        ArrayView<T> result)
        where T : unmanaged
        where TFormat : struct, IGpuFormat<T>
        where TActivation : struct, IGpuActivation
    {
        bool isGated = gate.Length > 0;
        ArrayView<T> u = GpuRows.Of(inner, Grid.IdxX, stride, width);
        ArrayView<T> g = isGated ? GpuRows.Of(gate, Grid.IdxX, stride, width) : gate;
        ArrayView<T> h = GpuRows.Of(result, Grid.IdxX, width, width);
        GpuRowMask row = mask.Row(seed[0], (ulong)keys[Grid.IdxX]);
        for (int i = Group.IdxX; i < width; i += Group.DimX)
        {
            // All is read before any is needed, so that one wait does for all.
            float x = TFormat.Load(u[i]);
            float gated = isGated ? TFormat.Load(g[i]) : 1f;
            h[i] = TFormat.Store(TActivation.Value(x) * gated * row.Factor(i));
        }
    }

    /// <param name="gradient">dh, [rows, d_ff]</param>
    /// <param name="innerGradient">Receives du.</param>
    /// <param name="gateGradient">Receives dg; empty if not gated.</param>
    internal static void Backward<T, TFormat, TActivation>(
        ArrayView<T> inner, ArrayView<T> gate, ArrayView<T> gradient, ArrayView<long> keys, ArrayView<long> seed, GpuMask mask, int width,
        int stride, ArrayView<T> innerGradient, ArrayView<T> gateGradient)
        where T : unmanaged
        where TFormat : struct, IGpuFormat<T>
        where TActivation : struct, IGpuActivation
    {
        bool isGated = gate.Length > 0;
        ArrayView<T> u = GpuRows.Of(inner, Grid.IdxX, stride, width);
        ArrayView<T> g = isGated ? GpuRows.Of(gate, Grid.IdxX, stride, width) : gate;
        ArrayView<T> dh = GpuRows.Of(gradient, Grid.IdxX, width, width);
        ArrayView<T> du = GpuRows.Of(innerGradient, Grid.IdxX, stride, width);
        ArrayView<T> dg = isGated ? GpuRows.Of(gateGradient, Grid.IdxX, stride, width) : gateGradient;
        GpuRowMask row = mask.Row(seed[0], (ulong)keys[Grid.IdxX]);
        for (int i = Group.IdxX; i < width; i += Group.DimX)
        {
            float own = TFormat.Load(dh[i]);
            float x = TFormat.Load(u[i]);
            float gated = isGated ? TFormat.Load(g[i]) : 1f;
            own *= row.Factor(i);
            float value = TActivation.Value(x, out float slope);
            if (isGated)
            {
                dg[i] = TFormat.Store(own * value);
                own *= gated;
            }

            du[i] = TFormat.Store(own * slope);
        }
    }
}
