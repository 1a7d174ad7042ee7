using ILGPU;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary>Number format of a matrix in device memory; kernels compute in float32.</summary>
/// <typeparam name="T">Type of the stored bits.</typeparam>
internal interface IGpuFormat<T>
    where T : unmanaged
{
    static abstract float Load(T stored);

    static abstract T Store(float value);
}

internal readonly struct GpuFloat32 : IGpuFormat<float>
{
    public static float Load(float stored) => stored;

    public static float Store(float value) => value;
}

/// <summary>The upper half of a float32, rounded to nearest, ties to even; NaN stays NaN.</summary>
internal readonly struct GpuBFloat16 : IGpuFormat<ushort>
{
    private const uint Sign = 0x80000000;
    private const uint Infinity = 0x7F800000;
    private const uint Quiet = 0x40;

    public static float Load(ushort stored) => Interop.IntAsFloat((uint)stored << 16);

    public static ushort Store(float value)
    {
        uint bits = Interop.FloatAsInt(value);
        return (bits & ~Sign) > Infinity ? (ushort)((bits >> 16) | Quiet) : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
