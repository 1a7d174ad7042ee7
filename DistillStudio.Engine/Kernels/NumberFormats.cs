using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DistillStudio.Engine.Kernels;

/// <summary>Storage format of numbers; arithmetic is always float32.</summary>
internal unsafe interface INumberFormat
{
    /// <summary>Bytes per element.</summary>
    static abstract int Size { get; }

    /// <summary>Loads sixteen elements starting at <paramref name="index"/>.</summary>
    static abstract Vector512<float> Load(void* data, long index);

    static abstract void Store(void* data, long index, Vector512<float> value);

    static abstract float LoadOne(void* data, long index);

    static abstract void StoreOne(void* data, long index, float value);
}

internal readonly unsafe struct Float32Format : INumberFormat
{
    public static int Size => sizeof(float);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(void* data, long index) => Vector512.Load((float*)data + index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(void* data, long index, Vector512<float> value) => value.Store((float*)data + index);

    public static float LoadOne(void* data, long index) => ((float*)data)[index];

    public static void StoreOne(void* data, long index, float value) => ((float*)data)[index] = value;
}

/// <summary>Upper half of a float32, rounded to nearest, ties to even.</summary>
internal readonly unsafe struct BFloat16Format : INumberFormat
{
    public static int Size => sizeof(ushort);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(void* data, long index)
    {
        Vector256<ushort> half = Vector256.Load((ushort*)data + index);
        if (Avx512F.IsSupported)
        {
            // One instruction less than widening the halves separately.
            return Vector512.ShiftLeft(Avx512F.ConvertToVector512UInt32(half), 16).AsSingle();
        }

        return Vector512.ShiftLeft(Vector512.Create(Vector256.WidenLower(half), Vector256.WidenUpper(half)), 16).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(void* data, long index, Vector512<float> value)
    {
        Vector512<uint> bits = value.AsUInt32();
        Vector512<uint> odd = Vector512.ShiftRightLogical(bits, 16) & Vector512<uint>.One;
        Vector512<uint> rounded = Vector512.ShiftRightLogical(bits + Vector512.Create(0x7FFFu) + odd, 16);
        (Avx512F.IsSupported
            ? Avx512F.ConvertToVector256UInt16(rounded)
            : Vector256.Narrow(rounded.GetLower(), rounded.GetUpper())).Store((ushort*)data + index);
    }

    public static float LoadOne(void* data, long index) => BitConverter.UInt32BitsToSingle((uint)((ushort*)data)[index] << 16);

    public static void StoreOne(void* data, long index, float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        ((ushort*)data)[index] = (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}

/// <summary>Loads and stores rows whose length is not a multiple of sixteen; processes the tail element by element.</summary>
internal static unsafe class RowEnds
{
    /// <summary>Loads up to sixteen elements, with zeros past the end of the row.</summary>
    /// <param name="left">Elements from <paramref name="index"/> to the end of the row; at least 1.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Load<TFormat>(void* data, long index, int left)
        where TFormat : struct, INumberFormat =>
        left >= Lanes.Count ? TFormat.Load(data, index) : LoadEnd<TFormat>(data, index, left);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Store<TFormat>(void* data, long index, int left, Vector512<float> value)
        where TFormat : struct, INumberFormat
    {
        if (left >= Lanes.Count)
        {
            TFormat.Store(data, index, value);
        }
        else
        {
            StoreEnd<TFormat>(data, index, left, value);
        }
    }

    private static Vector512<float> LoadEnd<TFormat>(void* data, long index, int left)
        where TFormat : struct, INumberFormat
    {
        float* numbers = stackalloc float[Lanes.Count];
        for (int i = 0; i < Lanes.Count; i++)
        {
            numbers[i] = i < left ? TFormat.LoadOne(data, index + i) : 0;
        }

        return Vector512.Load(numbers);
    }

    private static void StoreEnd<TFormat>(void* data, long index, int left, Vector512<float> value)
        where TFormat : struct, INumberFormat
    {
        for (int i = 0; i < left; i++)
        {
            TFormat.StoreOne(data, index + i, value[i]);
        }
    }
}
