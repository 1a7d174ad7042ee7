using ILGPU;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary><see cref="EmbeddingKernel"/> for GPUs.</summary>
internal static class GpuEmbeddingKernel
{
    /// <summary>A group looks up the table's row of one id, with dropout.</summary>
    /// <param name="table">[V, D]</param>
    /// <param name="ids">[rows], below V</param>
    /// <param name="x">Receives [rows, D].</param>
    internal static void Forward(
        ArrayView<float> table, ArrayView<long> ids, ArrayView<long> keys, ArrayView<long> seed, GpuMask mask, int width,
        ArrayView<float> x)
    {
        int row = Grid.IdxX;
        GpuRowMask drop = mask.Row(seed[0], (ulong)keys[row]);
        for (int i = Group.IdxX; i < width; i += Group.DimX)
        {
            x[((long)row * width) + i] = table[(ids[row] * width) + i] * drop.Factor(i);
        }
    }

    /// <summary>
    /// A group adds up the gradients of all rows with the id of its row if it is the first of them, in the order of the rows: repeatable,
    /// unlike atomic sums. Rows are searched by all threads at once, as many at a time as the group has.
    /// </summary>
    /// <param name="gradient">[rows, D]: gradient of the result.</param>
    /// <param name="tableGradient">[V, D]: receives the gradients of the ids that occur; the others are unchanged.</param>
    internal static void Backward(
        ArrayView<float> gradient, ArrayView<long> ids, ArrayView<long> keys, ArrayView<long> seed, GpuMask mask, int width,
        ArrayView<float> tableGradient)
    {
        int first = Grid.IdxX;
        long id = ids[first];
        if (Contains(ids, id, 0, first))
        {
            return;
        }

        for (int i = Group.IdxX; i < width; i += Group.DimX)
        {
            tableGradient[(id * width) + i] = 0;
        }

        for (int start = first; start < ids.Length; start += Group.DimX)
        {
            int end = Math.Min(start + Group.DimX, (int)ids.Length);
            for (int row = Contains(ids, id, start, end) ? start : end; row < end; row++)
            {
                if (ids[row] != id)
                {
                    continue;
                }

                GpuRowMask drop = mask.Row(seed[0], (ulong)keys[row]);
                for (int i = Group.IdxX; i < width; i += Group.DimX)
                {
                    tableGradient[(id * width) + i] += gradient[((long)row * width) + i] * drop.Factor(i);
                }
            }
        }
    }

    /// <summary>Returns true if an id occurs in rows, of which each thread of the group looks at some.</summary>
    private static bool Contains(ArrayView<long> ids, long id, int start, int end)
    {
        float found = 0;
        for (int row = start + Group.IdxX; row < end; row += Group.DimX)
        {
            found = ids[row] == id ? 1 : found;
        }

        return GroupReduction.Max(found) > 0;
    }
}
