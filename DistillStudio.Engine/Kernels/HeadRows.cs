using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DistillStudio.Engine.Kernels;

/// <summary>One head's columns of rows [rows, H · d_kv], brought into a float32 matrix of their own and back.</summary>
/// <param name="Heads">H</param>
/// <param name="Width">d_kv</param>
/// <param name="Head">Which.</param>
internal readonly unsafe record struct HeadRows<TFormat>(int Heads, int Width, int Head)
    where TFormat : struct, INumberFormat
{
    private int Rounded => Lanes.RoundUp(Width);

    /// <param name="from">[rows, H · d_kv]</param>
    /// <param name="first">Its first row.</param>
    /// <param name="count">Rows.</param>
    /// <param name="rows">Of <paramref name="to"/>; those past <paramref name="count"/> become zeros.</param>
    /// <param name="to">Takes [rows, d_kv rounded up].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Load(void* from, int first, int count, int rows, float* to)
    {
        int width = Rounded;
        for (int row = 0; row < count; row++)
        {
            long start = Start(first + row);
            for (int i = 0; i < width; i += Lanes.Count)
            {
                RowEnds.Load<TFormat>(from, start + i, Width - i).Store(to + ((long)row * width) + i);
            }
        }

        new Span<float>(to + ((long)count * width), (rows - count) * width).Clear();
    }

    /// <summary>The same transposed.</summary>
    /// <param name="rows">A multiple of sixteen.</param>
    /// <param name="to">Takes [d_kv rounded up, rows].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void LoadAcross(void* from, int first, int count, int rows, float* to)
    {
        for (int row = 0; row < rows; row += Lanes.Count)
        {
            for (int i = 0; i < Rounded; i += Lanes.Count)
            {
                LoadBlock(from, Start(first + row) + i, Math.Min(Lanes.Count, count - row), Width - i, to + ((long)i * rows) + row, rows);
            }
        }
    }

    /// <param name="from">[count, d_kv rounded up]</param>
    /// <param name="to">[rows, H · d_kv]</param>
    /// <param name="first">Its first row.</param>
    /// <param name="count">Rows.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Store(float* from, void* to, int first, int count)
    {
        int width = Rounded;
        for (int row = 0; row < count; row++)
        {
            long start = Start(first + row);
            for (int i = 0; i < width; i += Lanes.Count)
            {
                RowEnds.Store<TFormat>(to, start + i, Width - i, Vector512.Load(from + ((long)row * width) + i));
            }
        }
    }

    private long Start(int row) => (((long)row * Heads) + Head) * Width;

    /// <summary>Sixteen rows of sixteen numbers become sixteen columns.</summary>
    /// <param name="rows">Rows that there are; the others count as zeros.</param>
    /// <param name="left">Numbers to the end of a row.</param>
    /// <param name="stride">Of <paramref name="to"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void LoadBlock(void* from, long start, int rows, int left, float* to, int stride)
    {
        float* block = stackalloc float[Lanes.Count * Lanes.Count];
        for (int row = 0; row < Lanes.Count; row++)
        {
            Vector512<float> numbers = row < rows ? RowEnds.Load<TFormat>(from, start + ((long)row * Heads * Width), left) : Vector512<float>.Zero;
            numbers.Store(block + (row * Lanes.Count));
        }

        if (!Avx512F.IsSupported)
        {
            for (int i = 0; i < Lanes.Count * Lanes.Count; i++)
            {
                to[((i % Lanes.Count) * stride) + (i / Lanes.Count)] = block[i];
            }

            return;
        }

        // Four rows at a time: of each quarter of them, vector j holds their columns j, 4 + j, 8 + j and 12 + j.
        for (int row = 0; row < Lanes.Count; row += 4)
        {
            float* quad = block + (row * Lanes.Count);
            Vector512<float> a = Vector512.Load(quad), b = Vector512.Load(quad + Lanes.Count);
            Vector512<float> c = Vector512.Load(quad + (2 * Lanes.Count)), d = Vector512.Load(quad + (3 * Lanes.Count));
            Vector512<double> lowAb = Avx512F.UnpackLow(a, b).AsDouble(), highAb = Avx512F.UnpackHigh(a, b).AsDouble();
            Vector512<double> lowCd = Avx512F.UnpackLow(c, d).AsDouble(), highCd = Avx512F.UnpackHigh(c, d).AsDouble();
            Avx512F.UnpackLow(lowAb, lowCd).AsSingle().Store(quad);
            Avx512F.UnpackHigh(lowAb, lowCd).AsSingle().Store(quad + Lanes.Count);
            Avx512F.UnpackLow(highAb, highCd).AsSingle().Store(quad + (2 * Lanes.Count));
            Avx512F.UnpackHigh(highAb, highCd).AsSingle().Store(quad + (3 * Lanes.Count));
        }

        for (int j = 0; j < 4; j++)
        {
            float* vector = block + (j * Lanes.Count);
            Vector512<float> a = Vector512.Load(vector), b = Vector512.Load(vector + (4 * Lanes.Count));
            Vector512<float> c = Vector512.Load(vector + (8 * Lanes.Count)), d = Vector512.Load(vector + (12 * Lanes.Count));
            Vector512<float> lowAb = Avx512F.Shuffle4x128(a, b, 0x44), highAb = Avx512F.Shuffle4x128(a, b, 0xEE);
            Vector512<float> lowCd = Avx512F.Shuffle4x128(c, d, 0x44), highCd = Avx512F.Shuffle4x128(c, d, 0xEE);
            Avx512F.Shuffle4x128(lowAb, lowCd, 0x88).Store(to + ((long)j * stride));
            Avx512F.Shuffle4x128(lowAb, lowCd, 0xDD).Store(to + ((long)(4 + j) * stride));
            Avx512F.Shuffle4x128(highAb, highCd, 0x88).Store(to + ((long)(8 + j) * stride));
            Avx512F.Shuffle4x128(highAb, highCd, 0xDD).Store(to + ((long)(12 + j) * stride));
        }
    }
}
