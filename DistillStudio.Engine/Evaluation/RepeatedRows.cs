using DistillStudio.Engine.Data;

namespace DistillStudio.Engine.Evaluation;

/// <summary>An input that occurs more than once.</summary>
/// <param name="Places">Splits and indices of its rows, in the order of the splits.</param>
public sealed record RepeatedInput(string Input, IReadOnlyList<(string Split, int Row)> Places);

/// <summary>Inputs repeated within a split, and rows of one split whose input is in another, where a test measures memorization.</summary>
/// <param name="Within">Rows whose input occurred before in the same split, by split.</param>
/// <param name="Leaked">Rows of <c>valid</c> and <c>test</c> whose input is also a training row's, by split.</param>
/// <param name="First">The first repeated inputs; those that leak come first.</param>
public sealed record RepeatedRows(
    IReadOnlyDictionary<string, int> Within, IReadOnlyDictionary<string, int> Leaked, IReadOnlyList<RepeatedInput> First)
{
    private static readonly string[] Order = [Dataset.Train, Dataset.Valid, Dataset.Test];

    /// <param name="most">Number of inputs that are listed.</param>
    public static RepeatedRows Of(Dataset dataset, int most)
    {
        var places = new Dictionary<string, List<(string Split, int Row)>>();
        var seen = new Dictionary<string, (string Split, int Row)>();
        Split[] splits = [.. Order.Where(dataset.Splits.ContainsKey).Select(name => dataset.Splits[name])];
        foreach (Split split in splits)
        {
            for (int i = 0; i < split.Rows.Count; i++)
            {
                string input = split.Rows[i].Input;
                if (seen.TryAdd(input, (split.Name, i)))
                {
                    continue;
                }

                if (!places.TryGetValue(input, out List<(string, int)>? known))
                {
                    places[input] = known = [seen[input]];
                }

                known.Add((split.Name, i));
            }
        }

        return new(
            splits.ToDictionary(
                split => split.Name, split => places.Values.Sum(rows => Math.Max(0, rows.Count(row => row.Split == split.Name) - 1))),
            splits.Where(split => split.Name != Dataset.Train).ToDictionary(
                split => split.Name, split => places.Values.Where(IsTrained).Sum(rows => rows.Count(row => row.Split == split.Name))),
            [
                .. places.OrderByDescending(input => input.Value[0].Split != input.Value[^1].Split).Take(most).Select(
                    input => new RepeatedInput(input.Key, input.Value))
            ]);
    }

    private static bool IsTrained(List<(string Split, int Row)> rows) => rows[0].Split == Dataset.Train;
}
