using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DistillStudio.Engine.Runtime.Hardware;

namespace DistillStudio.Engine.Kernels;

/// <summary>Converts and clears contiguous arrays.</summary>
internal static unsafe class FlatKernel
{
    private const long PartSize = 1 << 16;

    /// <param name="from">bfloat16</param>
    /// <param name="to">float32</param>
    /// <param name="count">Number of elements.</param>
    /// <param name="accumulate">Whether to accumulate into <paramref name="to"/>.</param>
    internal static void Widen(void* from, float* to, long count, bool accumulate) =>
        ParallelTeam.Run(Parts(count), new WideningJob(from, to, count, accumulate));

    /// <param name="from">float32</param>
    /// <param name="to">bfloat16</param>
    /// <param name="count">Number of elements.</param>
    internal static void Narrow(float* from, void* to, long count) => ParallelTeam.Run(Parts(count), new NarrowingJob(from, to, count));

    /// <inheritdoc cref="Narrow"/>
    /// <remarks>On the calling thread alone.</remarks>
    internal static void NarrowHere(float* from, void* to, long count) => NarrowPart(from, to, 0, count);

    /// <summary>Sets all elements to zero.</summary>
    internal static void Clear(float* numbers, long count) => ParallelTeam.Run(Parts(count), new ClearingJob(numbers, count));

    private static int Parts(long count) => (int)((count + PartSize - 1) / PartSize);

    private static long End(int part, long count) => Math.Min(count, (part + 1) * PartSize);

    private readonly struct WideningJob(void* from, float* to, long count, bool adds) : IJob
    {
        public void Do(int part, int worker) => WidenPart(from, to, part * PartSize, End(part, count), adds);
    }

    private readonly struct NarrowingJob(float* from, void* to, long count) : IJob
    {
        public void Do(int part, int worker) => NarrowPart(from, to, part * PartSize, End(part, count));
    }

    private readonly struct ClearingJob(float* numbers, long count) : IJob
    {
        public void Do(int part, int worker) =>
            new Span<float>(numbers + (part * PartSize), (int)(End(part, count) - (part * PartSize))).Clear();
    }

    [MethodImpl(Lanes.Kernel)]
    private static void WidenPart(void* from, float* to, long start, long end, bool adds)
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

    [MethodImpl(Lanes.Kernel)]
    private static void NarrowPart(float* from, void* to, long start, long end)
    {
        for (long i = start; i < end; i += Lanes.Count)
        {
            int left = (int)(end - i);
            RowEnds.Store<BFloat16Format>(to, i, left, RowEnds.Load<Float32Format>(from, i, left));
        }
    }
}
