using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Model;

namespace DistillStudio.Engine.Backends.Kernels;

/// <summary>Which rows attend to which: sequences of unequal length laid end to end, so that nothing is padding.</summary>
internal readonly unsafe struct AttentionShape
{
    /// <param name="heads">H</param>
    /// <param name="headWidth">d_kv</param>
    /// <param name="count">Sequences.</param>
    /// <param name="queries">[sequences + 1]: where each sequence's queries begin among the rows.</param>
    /// <param name="keys">[sequences + 1]: where its keys do.</param>
    /// <param name="sequences">[sequences]: what tells their masks apart.</param>
    /// <param name="isCausal">A query sees no key after it.</param>
    internal AttentionShape(int heads, int headWidth, int count, int* queries, int* keys, uint* sequences, bool isCausal)
    {
        (Heads, HeadWidth, Count, IsCausal) = (heads, headWidth, count, isCausal);
        Queries = queries;
        Keys = keys;
        Sequences = sequences;
        (LongestQueries, LongestKeys) = (Longest(count, queries), Longest(count, keys));
    }

    internal int Heads { get; }

    internal int HeadWidth { get; }

    /// <summary>Sequences.</summary>
    internal int Count { get; }

    internal int* Queries { get; }

    internal int* Keys { get; }

    internal uint* Sequences { get; }

    internal bool IsCausal { get; }

    internal int LongestQueries { get; }

    internal int LongestKeys { get; }

    /// <summary>Sequences and heads.</summary>
    internal int Parts => Count * Heads;

    /// <summary>Distances (key minus query) that a table of biases covers: from −(longest queries − 1) on, and a vector's width past the longest keys.</summary>
    internal int Distances => LongestQueries + Lanes.RoundUp(LongestKeys);

    private static int Longest(int count, int* starts)
    {
        int longest = 0;
        for (int i = 0; i < count; i++)
        {
            longest = Math.Max(longest, starts[i + 1] - starts[i]);
        }

        return longest;
    }
}
