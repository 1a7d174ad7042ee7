
namespace DistillStudio.Engine.Kernels;

/// <summary>
/// Computes the dropout keys of rows, which depend on the sequence's number in the step, the position in it and the head, but not on the
/// storage location.
/// </summary>
internal static class RowKeys
{
    private const int SequenceShift = 40;
    private const int HeadShift = 24;

    internal static ulong OfToken(uint sequence, int position) => ((ulong)sequence << SequenceShift) | (uint)position;

    internal static ulong OfAttention(uint sequence, int head, int query) =>
        ((ulong)sequence << SequenceShift) | ((ulong)(uint)head << HeadShift) | (uint)query;
}
