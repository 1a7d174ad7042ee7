using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DistillStudio.Engine.Kernels;

internal static unsafe class ArgMaxKernel
{
    /// <summary>Returns the index of the highest value; the first of equals.</summary>
    [MethodImpl(Lanes.Kernel)]
    internal static int IndexOf(float* numbers, int count)
    {
        Vector512<float> highest = Vector512.Create(float.MinValue);
        int i = 0;
        for (; i + Lanes.Count <= count; i += Lanes.Count)
        {
            highest = Vector512.MaxNative(highest, Vector512.Load(numbers + i));
        }

        float best = Lanes.Max(highest);

        for (; i < count; i++)
        {
            best = MathF.Max(best, numbers[i]);
        }

        return Math.Max(0, new ReadOnlySpan<float>(numbers, count).IndexOf(best));
    }
}
