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
    /// unlike atomic sums. Rows are searched by all threads at once, as many in a pass as the group has. Those found are listed before
    /// their gradients are read, so that many reads are under way at once: frequent tokens occur in hundreds of rows.
    /// </summary>
    /// <param name="gradient">[rows, D]: gradient of the result.</param>
    /// <param name="tableGradient">[V, D]: receives the gradients of the ids that occur; the others are unchanged.</param>
    internal static void Backward(
        ArrayView<float> gradient, ArrayView<long> ids, ArrayView<long> keys, ArrayView<long> seed, GpuMask mask, int width,
        ArrayView<float> tableGradient)
    {
        ArrayView<long> starts = SharedMemory.Allocate<long>(IKernelLauncher.MostThreads); // of the gradients of the rows found
        ArrayView<GpuRowMask> drops = SharedMemory.Allocate<GpuRowMask>(IKernelLauncher.MostThreads);
        int own = Grid.IdxX;
        long id = ids[own];
        if (Contains(ids, id, own))
        {
            return;
        }

        for (int i = Group.IdxX; i < width; i += Group.DimX)
        {
            tableGradient[(id * width) + i] = 0;
        }

        GpuStepMask masks = mask.Step(seed[0]);
        for (int start = own; start < ids.Length; start += Group.DimX)
        {
            int row = start + Group.IdxX;
            bool isFound = row < ids.Length && ids[row] == id;
            int place = GroupReduction.CountBefore(isFound, out int found);
            if (isFound)
            {
                starts[place] = (long)row * width;
                drops[place] = masks.Row((ulong)keys[row]);
            }

            Group.Barrier();
            for (int i = Group.IdxX; i < width && found > 0; i += Group.DimX)
            {
                float sum = tableGradient[(id * width) + i];
                int other = 0;
                for (; other + 4 <= found; other += 4)
                {
                    // All four are read before the first is needed; a compiler would not reorder them around the masks' branches.
                    float first = gradient[starts[other] + i];
                    float second = gradient[starts[other + 1] + i];
                    float third = gradient[starts[other + 2] + i];
                    float fourth = gradient[starts[other + 3] + i];
                    sum += first * drops[other].Factor(i);
                    sum += second * drops[other + 1].Factor(i);
                    sum += third * drops[other + 2].Factor(i);
                    sum += fourth * drops[other + 3].Factor(i);
                }

                for (; other < found; other++)
                {
                    sum += gradient[starts[other] + i] * drops[other].Factor(i);
                }

                tableGradient[(id * width) + i] = sum;
            }

            Group.Barrier(); // the lists are written again by the next pass
        }
    }

    /// <summary>Returns true if an id occurs before a row; each thread of the group looks at some.</summary>
    private static bool Contains(ArrayView<long> ids, long id, int end)
    {
        float found = 0;
        for (int row = Group.IdxX; row < end; row += Group.DimX)
        {
            found = ids[row] == id ? 1 : found;
        }

        return GroupReduction.Max(found) > 0;
    }
}
