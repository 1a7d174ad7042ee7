using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Kernels;

/// <summary>Numbers of bfloat16 as float32.</summary>
internal static unsafe class WideningKernel
{
    private const long PartSize = 1 << 16;

    /// <param name="from">bfloat16</param>
    /// <param name="to">float32</param>
    /// <param name="count">Numbers.</param>
    /// <param name="adds">Adds to what is there.</param>
    internal static void Run(void* from, float* to, long count, bool adds) =>
        Team.Run((int)((count + PartSize - 1) / PartSize), new Job(from, to, count, adds));

    private readonly struct Job(void* from, float* to, long count, bool adds) : IJob
    {
        public void Do(int part, int worker) => RunPart(from, to, part * PartSize, Math.Min(count, (part + 1) * PartSize), adds);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RunPart(void* from, float* to, long start, long end, bool adds)
    {
        for (long i = start; i < end; i += Lanes.Count)
        {
            int left = (int)(end - i);
            Vector512<float> value = RowEnds.Load<BFloat16Format>(from, i, left);
            if (adds)
            {
                value += RowEnds.Load<Float32Format>(to, i, left);
            }

            RowEnds.Store<Float32Format>(to, i, left, value);
        }
    }
}
