using ILGPU;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary>
/// Dropout of attention weights [B, H, Q, K], a group per row of K, index (b · H + h) · Q + q of the grid; its own backward pass.
/// </summary>
internal static class GpuDropoutKernel
{
    /// <param name="sequences">[B]: dropout key of each sequence.</param>
    /// <param name="heads">H</param>
    /// <param name="queries">Q</param>
    /// <param name="keys">K</param>
    /// <param name="result">Receives [B, H, Q, K].</param>
    internal static void Run<TFrom, TFromFormat, TTo, TToFormat>(
        ArrayView<TFrom> weights, ArrayView<long> sequences, ArrayView<long> seed, GpuMask mask, int heads, int queries, int keys,
        ArrayView<TTo> result)
        where TFrom : unmanaged
        where TTo : unmanaged
        where TFromFormat : struct, IGpuFormat<TFrom>
        where TToFormat : struct, IGpuFormat<TTo>
    {
        int query = Grid.IdxX % queries;
        int head = Grid.IdxX / queries % heads;
        long start = (long)Grid.IdxX * keys;
        GpuRowMask row = mask.Row(seed[0], RowKeys.OfAttention((uint)sequences[Grid.IdxX / queries / heads], head, query));
        for (int i = Group.IdxX; i < keys; i += Group.DimX)
        {
            result[start + i] = TToFormat.Store(TFromFormat.Load(weights[start + i]) * row.Factor(i));
        }
    }
}
