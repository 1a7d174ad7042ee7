using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DistillStudio.Engine.Kernels;

/// <summary>Copies one head's columns of rows [rows, H · d_kv] to and from a separate float32 matrix.</summary>
/// <param name="Heads">H</param>
/// <param name="Width">d_kv</param>
/// <param name="Head">Index of the head.</param>
internal readonly unsafe record struct HeadRows<TFormat>(int Heads, int Width, int Head)
    where TFormat : struct, INumberFormat
{
    private int Rounded => Lanes.RoundUp(Width);

    /// <param name="from">[rows, H · d_kv]</param>
    /// <param name="first">First row of <paramref name="from"/>.</param>
    /// <param name="count">Number of rows to copy.</param>
    /// <param name="rows">Rows of <paramref name="to"/>; those past <paramref name="count"/> become zeros.</param>
    /// <param name="to">Receives [rows, d_kv rounded up].</param>
    [MethodImpl(Lanes.Kernel)]
    internal void Load(void* from, int first, int count, int rows, float* to)
    {
        int width = Rounded;
        for (int row = 0; row < count; row++)
        {
            long start = Start(first + row);
            for (int i = 0; i < width; i += Lanes.Count)
            {
                Prefetch(from, start + i);
                RowEnds.Load<TFormat>(from, start + i, Width - i).Store(to + ((long)row * width) + i);
            }
        }

        new Span<float>(to + ((long)count * width), (rows - count) * width).Clear();
    }

    /// <summary>Copies the head's columns transposed.</summary>
    /// <param name="rows">A multiple of sixteen.</param>
    /// <param name="to">Receives [d_kv rounded up, rows].</param>
    [MethodImpl(Lanes.Kernel)]
    internal void LoadTransposed(void* from, int first, int count, int rows, float* to)
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
    /// <param name="first">First row of <paramref name="to"/>.</param>
    /// <param name="count">Number of rows to copy.</param>
    [MethodImpl(Lanes.Kernel)]
    internal void Store(float* from, void* to, int first, int count)
    {
        int width = Rounded;
        for (int row = 0; row < count; row++)
        {
            long start = Start(first + row);
            for (int i = 0; i < width; i += Lanes.Count)
            {
                Prefetch(to, start + i);
                RowEnds.Store<TFormat>(to, start + i, Width - i, Vector512.Load(from + ((long)row * width) + i));
            }
        }
    }

    /// <summary>
    /// Fetches what is read some rows later: a head's columns lie a whole row apart, which the processor does not foresee by itself.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Prefetch(void* from, long index)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0((byte*)from + ((index + ((long)Lanes.Count * Heads * Width)) * TFormat.Size));
        }
    }

    private long Start(int row) => (((long)row * Heads) + Head) * Width;

    /// <summary>Transposes a block of 16 × 16 elements.</summary>
    /// <param name="rows">Available rows; the others count as zeros.</param>
    /// <param name="left">Elements to the end of a row.</param>
    /// <param name="stride">Distance between rows of <paramref name="to"/>.</param>
    [MethodImpl(Lanes.Kernel)]
    private void LoadBlock(void* from, long start, int rows, int left, float* to, int stride)
    {
        float* block = stackalloc float[BlockTranspose.Size];
        for (int row = 0; row < Lanes.Count; row++)
        {
            long index = start + ((long)row * Heads * Width);
            Prefetch(from, index);
            Vector512<float> numbers = row < rows ? RowEnds.Load<TFormat>(from, index, left) : Vector512<float>.Zero;
            numbers.Store(block + (row * Lanes.Count));
        }

        BlockTranspose.Run(block, to, stride);
    }
}
