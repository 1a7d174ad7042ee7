using DistillStudio.Engine.Data;

namespace DistillStudio.Engine.Evaluation;

/// <summary>How often each label occurs in a split.</summary>
/// <param name="Distinct">Number of distinct labels.</param>
/// <param name="Commonest">The most frequent labels and their counts.</param>
/// <param name="Others">Rows with any other label.</param>
public sealed record LabelBalance(int Distinct, IReadOnlyList<KeyValuePair<string, int>> Commonest, int Others)
{
    public static LabelBalance Of(Split split, int most)
    {
        var counts = new Dictionary<string, int>();
        foreach (Row row in split.Rows)
        {
            counts[row.Label] = counts.GetValueOrDefault(row.Label) + 1;
        }

        KeyValuePair<string, int>[] commonest =
            [.. counts.OrderByDescending(label => label.Value).ThenBy(label => label.Key, StringComparer.Ordinal).Take(most)];
        return new(counts.Count, commonest, split.Rows.Count - commonest.Sum(label => label.Value));
    }
}
