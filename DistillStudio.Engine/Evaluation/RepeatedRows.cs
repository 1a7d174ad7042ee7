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
        Dictionary<string, IEnumerable<string>> inputs =
            dataset.Splits.ToDictionary(split => split.Key, split => split.Value.Rows.Select(row => row.Input));
        Dictionary<string, List<(string Split, int Row)>> places = PlacesOf(inputs);
        var counts = RepeatedCounts.Of(inputs.Keys, places.Values);
        return new(
            counts.Within,
            counts.Leaked,
            [
                .. places.OrderByDescending(input => input.Value[0].Split != input.Value[^1].Split).Take(most).Select(
                    input => new RepeatedInput(input.Key, input.Value))
            ]);
    }

    /// <summary>Returns the places of each input that occurs more than once, those of training rows first.</summary>
    /// <param name="inputs">The inputs of each split, or what identifies them.</param>
    internal static Dictionary<T, List<(string Split, int Row)>> PlacesOf<T>(IReadOnlyDictionary<string, IEnumerable<T>> inputs)
        where T : notnull
    {
        var places = new Dictionary<T, List<(string Split, int Row)>>();
        var seen = new Dictionary<T, (string Split, int Row)>();
        foreach (string split in Order.Where(inputs.ContainsKey))
        {
            foreach ((int i, T input) in inputs[split].Index())
            {
                if (seen.TryAdd(input, (split, i)))
                {
                    continue;
                }

                if (!places.TryGetValue(input, out List<(string, int)>? known))
                {
                    places[input] = known = [seen[input]];
                }

                known.Add((split, i));
            }
        }

        return places;
    }
}
