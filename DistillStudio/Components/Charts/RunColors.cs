using DistillStudio.History;

namespace DistillStudio.Components.Charts;

/// <summary>Which colour a run's curves have: the same on every page, and runs launched one after the other differ.</summary>
public sealed class RunColors(IRunHistory history)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _slots = [];

    public int Slot(RunSummary run) => Slot(run.Id);

    public int Slot(string runId)
    {
        lock (_gate)
        {
            if (!_slots.TryGetValue(runId, out int slot))
            {
                foreach (RunSummary known in history.ListRuns(includeDeleted: true).Reverse())
                {
                    _slots.TryAdd(known.Id, _slots.Count);
                }

                slot = _slots.TryGetValue(runId, out int found) ? found : _slots[runId] = _slots.Count;
            }

            return slot;
        }
    }

    /// <summary>Colours for runs shown together: each its own where there are enough, the earlier run keeping what both would have.</summary>
    public IReadOnlyDictionary<string, int> Together(IReadOnlyList<RunSummary> runs)
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
