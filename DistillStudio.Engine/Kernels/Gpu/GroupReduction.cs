using ILGPU;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary>
/// Combines one value of each thread of a warp, by shuffles, or of a group, then over its warps in order, so that a result is repeatable.
/// All threads of the warp or group must call, and all get the result. A group must consist of whole warps.
/// </summary>
internal static class GroupReduction
{
    private const int MostWarps = 32;

    internal static float WarpSum(float value)
    {
        for (int distance = Warp.WarpSize / 2; distance > 0; distance /= 2)
        {
            value += Warp.ShuffleXor(value, distance);
        }

        return value;
    }

    /// <summary>Returns the highest value of the warp; ignores NaN.</summary>
    internal static float WarpMax(float value)
    {
        for (int distance = Warp.WarpSize / 2; distance > 0; distance /= 2)
        {
            float other = Warp.ShuffleXor(value, distance);
            value = other > value ? other : value;
        }

        return value;
    }

    internal static float Sum(float value)
    {
        ArrayView<float> warps = SharedMemory.Allocate<float>(MostWarps);
        Share(warps, WarpSum(value));
        float sum = 0;
        for (int i = 0; i < Group.DimX / Warp.WarpSize; i++)
        {
            sum += warps[i];
        }

        Group.Barrier(); // the memory is written again by the next call
        return sum;
    }

    /// <summary>Returns the highest value of the group; ignores NaN.</summary>
    internal static float Max(float value)
    {
        ArrayView<float> warps = SharedMemory.Allocate<float>(MostWarps);
        Share(warps, WarpMax(value));
        float highest = warps[0];
        for (int i = 1; i < Group.DimX / Warp.WarpSize; i++)
        {
            highest = warps[i] > highest ? warps[i] : highest;
        }

        Group.Barrier();
        return highest;
    }

    /// <summary>Counts the threads of the group for which a condition holds.</summary>
    /// <param name="holds">Whether it holds for this thread.</param>
    /// <param name="all">Receives their number in the group.</param>
    /// <returns>The number among the threads before this one.</returns>
    internal static int CountBefore(bool holds, out int all)
    {
        ArrayView<int> warps = SharedMemory.Allocate<int>(MostWarps);
        int own = holds ? 1 : 0;
        int until = own; // among this thread and those before it in the warp
        for (int distance = 1; distance < Warp.WarpSize; distance *= 2)
        {
            int other = Warp.ShuffleUp(until, distance);
            until += Warp.LaneIdx >= distance ? other : 0;
        }

        if (Warp.LaneIdx == Warp.WarpSize - 1)
        {
            warps[Warp.WarpIdx] = until;
        }

        Group.Barrier();
        int before = until - own;
        all = 0;
        for (int i = 0; i < Group.DimX / Warp.WarpSize; i++)
        {
            before += i < Warp.WarpIdx ? warps[i] : 0;
            all += warps[i];
        }

        Group.Barrier();
        return before;
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
