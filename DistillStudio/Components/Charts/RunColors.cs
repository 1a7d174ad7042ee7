using DistillStudio.History;

namespace DistillStudio.Components.Charts;

/// <summary>Which colour a run's curves have.</summary>
public static class RunColors
{
    /// <summary>A run's own: the same on every page and for as long as the run is there.</summary>
    public static int Slot(RunSummary run) => run.Color ?? 0;

    /// <summary>Colours for runs shown together: each its own where there are enough, the earlier run keeping what both would have.</summary>
    public static IReadOnlyDictionary<string, int> Together(IReadOnlyList<RunSummary> runs)
    {
        var taken = new HashSet<int>();
        var slots = new Dictionary<string, int>();
        foreach (RunSummary run in runs.OrderBy(r => r.CreatedAt).ThenBy(r => r.Id, StringComparer.Ordinal))
        {
            int slot = Slot(run) % SeriesPalette.Count;
            for (int tries = 0; tries < SeriesPalette.Count && !taken.Add(slot); tries++)
            {
                slot = (slot + 1) % SeriesPalette.Count;
            }

            slots[run.Id] = slot;
        }

        return slots;
    }
}
