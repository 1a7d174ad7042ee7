using DistillStudio.Components.Charts;

namespace DistillStudio.Components.Pages.Compare;

/// <summary>Chooses the runs whose curves are drawn: more than a dozen cannot be told apart, and are slow to draw.</summary>
internal static class ComparedCurves
{
    /// <summary>Maximum number of runs that are drawn at a time; a verdict takes more.</summary>
    public const int Most = 12;

    /// <summary>Returns the runs to draw: of many, the first seeds of every method.</summary>
    /// <param name="runs">The runs compared.</param>
    /// <param name="baseline">Id of the baseline, which is drawn first; null if there is none.</param>
    /// <param name="hidden">Ids of the runs that the user has hidden.</param>
    public static IReadOnlyList<FigureRun> Drawn(IReadOnlyList<FigureRun> runs, string? baseline, IReadOnlyList<string> hidden)
    {
        FigureRun[] visible = [.. runs.Where(run => !hidden.Contains(run.Run.Id))];
        if (visible.Length <= Most)
        {
            return visible;
        }

        HashSet<string> drawn =
        [
            .. visible.OrderByDescending(run => run.Run.Id == baseline)
                .GroupBy(run => run.Run.Spec with { Seed = 0, Name = null })
                .SelectMany(method => method.Select((run, place) => (run, place)))
                .OrderBy(placed => placed.place)
                .Take(Most)
                .Select(placed => placed.run.Run.Id),
        ];
        return [.. visible.Where(run => drawn.Contains(run.Run.Id))];
    }

    /// <summary>Returns which runs are hidden after a press on one: it is hidden if it was drawn, and otherwise drawn in place of the last.</summary>
    public static IReadOnlyList<string> Toggle(IReadOnlyList<FigureRun> runs, IReadOnlyList<FigureRun> drawn, IReadOnlyList<string> hidden, string id)
    {
        if (drawn.Any(run => run.Run.Id == id))
        {
            return [.. hidden, id];
        }

        IEnumerable<FigureRun> kept = drawn.Count < Most ? drawn : drawn.SkipLast(1);
        return drawn.Count < Most && hidden.Contains(id)
            ? [.. hidden.Where(other => other != id)]
            : [.. runs.Select(run => run.Run.Id).Except([.. kept.Select(run => run.Run.Id), id])];
    }
}
