using ILGPU;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary>
/// Combines one value of each thread of a group: within each warp by shuffles, then over the warps in order, so that a result is
/// repeatable. All threads of the group must call, and all get the result. The group must consist of whole warps.
/// </summary>
internal static class GroupReduction
{
    private const int MostWarps = 32;

    internal static float Sum(float value)
    {
        ArrayView<float> warps = SharedMemory.Allocate<float>(MostWarps);
        for (int distance = Warp.WarpSize / 2; distance > 0; distance /= 2)
        {
            value += Warp.ShuffleXor(value, distance);
        }

        Share(warps, value);
        float sum = 0;
        for (int i = 0; i < Group.DimX / Warp.WarpSize; i++)
        {
            sum += warps[i];
        }

        Group.Barrier(); // the memory is written again by the next call
        return sum;
    }

    /// <summary>Returns the highest value; ignores NaN.</summary>
    internal static float Max(float value)
    {
        ArrayView<float> warps = SharedMemory.Allocate<float>(MostWarps);
        for (int distance = Warp.WarpSize / 2; distance > 0; distance /= 2)
        {
            float other = Warp.ShuffleXor(value, distance);
            value = other > value ? other : value;
        }

        Share(warps, value);
        float highest = warps[0];
        for (int i = 1; i < Group.DimX / Warp.WarpSize; i++)
        {
            highest = warps[i] > highest ? warps[i] : highest;
        }

        Group.Barrier();
        return highest;
    }

    private static void Share(ArrayView<float> warps, float value)
    {
        if (Warp.LaneIdx == 0)
        {
            warps[Warp.WarpIdx] = value;
        }

        Group.Barrier();
    }
}
