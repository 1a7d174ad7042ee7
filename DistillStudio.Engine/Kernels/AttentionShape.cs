
namespace DistillStudio.Engine.Kernels;

/// <summary>Defines which rows attend to which: sequences of unequal length, stored end to end without padding.</summary>
internal readonly unsafe struct AttentionShape
{
    /// <param name="heads">H</param>
    /// <param name="headWidth">d_kv</param>
    /// <param name="count">Number of sequences.</param>
    /// <param name="queries">[sequences + 1]: start of each sequence's queries among the rows.</param>
    /// <param name="keys">[sequences + 1]: start of each sequence's keys among the rows.</param>
    /// <param name="sequences">[sequences]: dropout key of each sequence.</param>
    /// <param name="isCausal">Whether later keys are masked from a query.</param>
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

    /// <summary>Number of sequences.</summary>
    internal int Count { get; }

    internal int* Queries { get; }

    internal int* Keys { get; }

    internal uint* Sequences { get; }

    internal bool IsCausal { get; }

    internal int LongestQueries { get; }

    internal int LongestKeys { get; }

    /// <summary>Number of pairs of sequence and head.</summary>
    internal int Parts => Count * Heads;

    /// <summary>
    /// Number of distances (key minus query) in a table of biases: from −(longest queries − 1) to a vector's width past the longest keys.
    /// </summary>
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
