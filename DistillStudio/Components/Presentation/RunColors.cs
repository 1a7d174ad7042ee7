using DistillStudio.Engine.Data.Methods;
using DistillStudio.History;

namespace DistillStudio.Components.Presentation;

/// <summary>Assigns palette colours to runs.</summary>
public static class RunColors
{
    /// <summary>The methods of the paper: no run of another method has their colours, if there are enough.</summary>
    private static readonly string[] Pair = [MethodNames.Standard, MethodNames.TaskPrefix];

    /// <summary>
    /// Returns the run's own palette slot, the same on every page for the lifetime of the run: beside the colours of methods, that of
    /// another method would mislead.
    /// </summary>
    public static int Slot(RunSummary run)
    {
        int slot = SeriesPalette.Wrap(run.Color ?? 0);
        return !IsOfAnother(slot, run) ? slot
            : Pair.Contains(run.Spec.Method) ? MethodColors.Slot(run.Spec.Method)
            : Pair.Length + SeriesPalette.Wrap(run.Color ?? 0);
    }

    /// <summary>
    /// Returns distinct palette slots for runs shown together, if there are enough; on a conflict the earlier run keeps its slot.
    /// </summary>
    public static IReadOnlyDictionary<string, int> Together(IReadOnlyList<RunSummary> runs)
    {
        var taken = new HashSet<int>();
        var slots = new Dictionary<string, int>();
        foreach (RunSummary run in runs.OrderBy(r => r.CreatedAt).ThenBy(r => r.Id, StringComparer.Ordinal))
        {
            int own = Slot(run);
            int[] free =
                [.. Enumerable.Range(own, SeriesPalette.Count).Select(SeriesPalette.Wrap).Where(slot => !taken.Contains(slot))];
            int slot = free.Where(slot => !IsOfAnother(slot, run)).Concat(free).Append(own).First();
            taken.Add(slot);
            slots[run.Id] = slot;
        }

        return slots;
    }

    private static bool IsOfAnother(int slot, RunSummary run) =>
        Pair.Any(method => MethodColors.Slot(method) == slot && method != run.Spec.Method);
}
