using DistillStudio.Components.Charts;

namespace DistillStudio.Components.Pages.Compare;

/// <summary>Chooses the runs whose curves are drawn: more than a dozen cannot be distinguished, and are slow to draw.</summary>
internal static class ComparedCurves
{
    /// <summary>Maximum number of runs that are drawn at a time; a verdict takes more.</summary>
    public const int Most = 12;

    /// <summary>Returns the runs to draw: of many, the first seeds of every method.</summary>
    /// <param name="runs">The runs compared.</param>
    /// <param name="baseline">Id of the baseline, which is drawn first; null if there is none.</param>
    public static IReadOnlyList<FigureRun> Drawn(IReadOnlyList<FigureRun> runs, string? baseline)
    {
        if (runs.Count <= Most)
        {
            return runs;
        }

        HashSet<string> drawn =
        [
            .. runs.OrderByDescending(run => run.Run.Id == baseline)
                .GroupBy(run => run.Run.Spec with { Seed = 0, Name = null })
                .SelectMany(method => method.Select((run, place) => (run, place)))
                .OrderBy(placed => placed.place)
                .Take(Most)
                .Select(placed => placed.run.Run.Id),
        ];
        return [.. runs.Where(run => drawn.Contains(run.Run.Id))];
    }

    /// <summary>Says which runs no verdict counts because only their curves were imported.</summary>
    public static string NoteOn(IEnumerable<FigureRun> runs)
    {
        string[] names = [.. runs.Where(run => run.Run.Spec.IsCurvesOnly).Select(run => run.Name)];
        return $"{string.Join(", ", names)}: imported curves, without answers to test rows, "
            + $"so that no verdict counts {(names.Length == 1 ? "it" : "them")}.";
    }
}
