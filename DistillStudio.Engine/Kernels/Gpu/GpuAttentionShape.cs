namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary>Shape of an attention over packed rows, passed to kernels by value.</summary>
/// <param name="heads">H</param>
/// <param name="width">d_kv</param>
/// <param name="reach">Distance of the middle of the bucket table from its ends.</param>
/// <param name="isCausal">Whether a query attends only to keys up to its own position.</param>
/// <param name="queryStride">Elements from a row of queries to the next, and likewise of their gradients.</param>
/// <param name="keyStride">The same for keys and values.</param>
internal readonly struct GpuAttentionShape(int heads, int width, int reach, bool isCausal, int queryStride, int keyStride)
{
    /// <summary>Highest number of keys or queries of a sequence: what a group can hold.</summary>
    internal const int LongestSequence = 2048;

    internal readonly int Heads = heads;
    internal readonly int Width = width;
    internal readonly int Reach = reach;
    internal readonly int Causal = isCausal ? 1 : 0;
    internal readonly int QueryStride = queryStride;
    internal readonly int KeyStride = keyStride;

    /// <summary>Elements of a row of the output.</summary>
    internal int RowWidth => Heads * Width;
}
