namespace DistillStudio.Engine.Verdicts;

/// <summary>Chooses the differences by which runs or methods are named.</summary>
public static class NameParts
{
    /// <summary>Number of parts of a name, unless more are needed to distinguish the runs.</summary>
    private const int Usual = 3;

    /// <summary>
    /// Returns the differences that distinguish runs which the ones before them do not, filled up from the front to three; leaves out
    /// those that would only lengthen the names.
    /// </summary>
    /// <param name="differences">The differences, most important first.</param>
    /// <param name="valuesOf">Returns the values of a difference, one for each run.</param>
    /// <returns>In the order given.</returns>
    public static IReadOnlyList<T> Of<T>(IReadOnlyList<T> differences, Func<T, IReadOnlyList<string?>> valuesOf)
        where T : notnull
    {
        var chosen = new HashSet<T>();
        int[] groups = [];
        foreach (T difference in differences)
        {
            IReadOnlyList<string?> values = valuesOf(difference);
            var places = new Dictionary<(int Group, string Value), int>();
            int[] finer = [.. values.Select((value, i) => (groups.ElementAtOrDefault(i), value ?? "")).Select(key =>
                places.TryGetValue(key, out int place) ? place : places[key] = places.Count)];
            if (finer.Distinct().Count() > Math.Max(1, groups.Distinct().Count()))
            {
                groups = finer;
                chosen.Add(difference);
            }
        }

        chosen.UnionWith(differences.Where(difference => !chosen.Contains(difference)).Take(Math.Max(0, Usual - chosen.Count)).ToArray());
        return [.. differences.Where(chosen.Contains)];
    }
}
