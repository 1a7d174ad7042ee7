namespace DistillStudio.Engine.Evaluation.Rationales;

/// <summary>
/// ROUGE-L of two texts (Lin 2004, "ROUGE: A Package for Automatic Evaluation of Summaries", section 3.1): the longest common subsequence
/// of their words, at any distance but in order.
/// </summary>
public static class RougeL
{
    /// <summary>
    /// Returns F1 = 2 · P · R / (P + R) with P = LCS / words of the candidate and R = LCS / words of the reference, in [0, 1]; 0 if
    /// either has no words. Symmetric. Words are not stemmed.
    /// </summary>
    /// <param name="candidate">The student's text.</param>
    /// <param name="reference">The teacher's text.</param>
    public static double F1(string candidate, string reference) => F1(Words.Of(candidate), Words.Of(reference));

    internal static double F1(IReadOnlyList<string> candidate, IReadOnlyList<string> reference) =>
        candidate.Count == 0 || reference.Count == 0
            ? 0
            : 2.0 * CommonSubsequence(candidate, reference) / (candidate.Count + reference.Count);

    /// <summary>Returns the length of the longest common subsequence, in O(n · m) time and O(m) memory.</summary>
    private static int CommonSubsequence(IReadOnlyList<string> a, IReadOnlyList<string> b)
    {
        int[] lengths = new int[b.Count + 1];
        foreach (string word in a)
        {
            int diagonal = 0;
            for (int j = 1; j <= b.Count; j++)
            {
                int above = lengths[j];
                lengths[j] = word == b[j - 1] ? diagonal + 1 : Math.Max(above, lengths[j - 1]);
                diagonal = above;
            }
        }

        return lengths[^1];
    }
}
