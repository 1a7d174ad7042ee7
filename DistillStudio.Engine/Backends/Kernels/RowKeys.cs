using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Model;

namespace DistillStudio.Engine.Backends.Kernels;

/// <summary>What tells the rows of a step apart for dropout, wherever they lie: the sequence's number in the step, the position in it, the head.</summary>
internal static class RowKeys
{
    private const int SequenceShift = 40;
    private const int HeadShift = 24;

    internal static ulong OfToken(uint sequence, int position) => ((ulong)sequence << SequenceShift) | (uint)position;

    internal static ulong OfAttention(uint sequence, int head, int query) => ((ulong)sequence << SequenceShift) | ((ulong)(uint)head << HeadShift) | (uint)query;
}
