using ILGPU;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary>
/// Copies between packed rows [N, H · d_kv] and padded heads [B, H, L, d_kv]. Each is the other's backward pass. A group copies one
/// position of one sequence, index b · L + l of the grid. An element may also be several numbers side by side.
/// </summary>
internal static class GpuHeadRowsKernel
{
    /// <param name="packed">[N, H · d_kv], whose rows may lie apart</param>
    /// <param name="starts">[B + 1]: first row of each sequence, and N.</param>
    /// <param name="length">L</param>
    /// <param name="heads">H</param>
    /// <param name="width">d_kv</param>
    /// <param name="stride">Elements from a packed row to the next.</param>
    /// <param name="padded">Receives [B, H, L, d_kv], zeros beyond the end of a sequence.</param>
    internal static void Gather<T>(
        ArrayView<T> packed, ArrayView<long> starts, int length, int heads, int width, int stride, ArrayView<T> padded)
        where T : unmanaged
    {
        int sequence = Grid.IdxX / length;
        int position = Grid.IdxX % length;
        long row = starts[sequence] + position;
        bool isReal = row < starts[sequence + 1];
        for (int i = Group.IdxX; i < heads * width; i += Group.DimX)
        {
            padded[PaddedIndex(sequence, position, i, length, heads, width)] = isReal ? packed[(row * stride) + i] : default;
        }
    }

    /// <param name="padded">[B, H, L, d_kv]</param>
    /// <param name="packed">Receives [N, H · d_kv]; rows of no sequence stay what they are.</param>
    internal static void Scatter<T>(
        ArrayView<T> padded, ArrayView<long> starts, int length, int heads, int width, int stride, ArrayView<T> packed)
        where T : unmanaged
    {
        int sequence = Grid.IdxX / length;
        int position = Grid.IdxX % length;
        long row = starts[sequence] + position;
        if (row >= starts[sequence + 1])
        {
            return;
        }

        for (int i = Group.IdxX; i < heads * width; i += Group.DimX)
        {
            packed[(row * stride) + i] = padded[PaddedIndex(sequence, position, i, length, heads, width)];
        }
    }

    private static long PaddedIndex(int sequence, int position, int i, int length, int heads, int width) =>
        (((((long)sequence * heads) + (i / width)) * length) + position) * width + (i % width);
}
