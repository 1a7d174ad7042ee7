using DistillStudio.History;

namespace DistillStudio.Components.Presentation;

/// <summary>Assigns palette colours to runs.</summary>
public static class RunColors
{
    /// <summary>Returns the run's own palette slot, the same on every page for the lifetime of the run.</summary>
    public static int Slot(RunSummary run) => run.Color ?? 0;

    /// <summary>
    /// Returns distinct palette slots for runs shown together, if there are enough; on a conflict the earlier run keeps its slot.
    /// </summary>
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
