
namespace DistillStudio.Engine.Kernels;

/// <summary>
/// One sequence and head of an attention: its position among the rows, and the layout of a worker's scratch memory for it. Rows and
/// widths are rounded up and padded with zeros.
/// </summary>
internal readonly unsafe struct AttentionScratch
{
    internal readonly int Head, QueryStart, QueryCount, KeyStart, KeyCount, QueryRows, KeyRows, Width;
    internal readonly uint Sequence;
    internal readonly float* Queries, Keys, KeysTransposed, Values, ResultGradient, Scores, Gradients, Result;
    internal readonly long End;

    /// <param name="shape">Shape of the attention.</param>
    /// <param name="part">Sequence · H + head.</param>
    /// <param name="scratch">Memory of <see cref="Size"/> elements.</param>
    internal AttentionScratch(in AttentionShape shape, int part, float* scratch)
        : this(
            shape,
            shape.Queries[(part / shape.Heads) + 1] - shape.Queries[part / shape.Heads],
            shape.Keys[(part / shape.Heads) + 1] - shape.Keys[part / shape.Heads],
            scratch)
    {
        Head = part % shape.Heads;
        QueryStart = shape.Queries[part / shape.Heads];
        KeyStart = shape.Keys[part / shape.Heads];
        Sequence = shape.Sequences[part / shape.Heads];
    }

    private AttentionScratch(in AttentionShape shape, int queries, int keys, float* scratch)
    {
        this = default;
        (QueryCount, KeyCount) = (queries, keys);
        QueryRows = (queries + SmallGemm.RowStep - 1) / SmallGemm.RowStep * SmallGemm.RowStep;
        KeyRows = Lanes.RoundUp(keys);
        Width = Lanes.RoundUp(shape.HeadWidth);
        float* next = scratch;
        Queries = Take(ref next, QueryRows * Width);
        Keys = Take(ref next, KeyRows * Width);
        KeysTransposed = Take(ref next, KeyRows * Width);
        Values = Take(ref next, KeyRows * Width);
        ResultGradient = Take(ref next, QueryRows * Width);
        Scores = Take(ref next, QueryRows * KeyRows);
        Gradients = Take(ref next, QueryRows * KeyRows);
        Result = Take(ref next, Math.Max(QueryRows, KeyRows) * Width);
        End = next - scratch;
    }

    /// <summary>Returns the number of float32 elements that a worker needs for any part.</summary>
    internal static long Size(in AttentionShape shape) => new AttentionScratch(shape, shape.LongestQueries, shape.LongestKeys, null).End;

    internal RowMask Mask(DropoutMask mask, int query) => mask.Row(RowKeys.OfAttention(Sequence, Head, query));

    /// <summary>Returns the number of keys visible to a query.</summary>
    internal int Seen(in AttentionShape shape, int query) => shape.IsCausal ? Math.Min(query + 1, KeyCount) : KeyCount;

    /// <summary>Returns the address of the bias of the query's first key.</summary>
    internal float* BiasOf(in AttentionShape shape, float* bias, int query) =>
        bias is null ? null : bias + ((long)Head * shape.Distances) + shape.LongestQueries - 1 - query;

    private static float* Take(ref float* next, int count)
    {
        float* taken = next;
        next += count;
        return taken;
    }
}
