using DistillStudio.Components.Pages.Runs.Filters;
using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;
using DistillStudio.History;

namespace DistillStudio.Components.Pages.Runs;

/// <summary>The runs that a view shows, and what of the view could not be applied.</summary>
/// <param name="Runs">In order.</param>
/// <param name="SearchProblem">Why the search was not applied, as a sentence; null if it was.</param>
/// <param name="FilterProblem">Why the filter was not applied, as a sentence; null if it was.</param>
public sealed record FoundRuns(IReadOnlyList<RunSummary> Runs, string? SearchProblem = null, string? FilterProblem = null);

/// <summary>Applies the view of the table. A search or a filter that is wrong is left out and reported, so that the table stays.</summary>
public static class RunsQuery
{
    /// <summary>Returns the runs that pass every filter, sorted, pinned ones first.</summary>
    /// <param name="view">The view.</param>
    /// <param name="runs">All runs.</param>
    /// <param name="pinned">Ids of the pinned runs.</param>
    public static FoundRuns Find(RunsView view, IReadOnlyList<RunSummary> runs, IReadOnlySet<string> pinned)
    {
        IReadOnlyList<RunSummary> found =
        [
            .. runs.Where(
                r => RunsView.Passes(view.State, r.State)
                    && (view.Dataset is null || r.Spec.Dataset == view.Dataset)
                    && (view.Method is null || (r.Spec.Method == view.Method && !r.Spec.IsCurvesOnly))
                    && (view.Tag is null || r.Tags.Contains(view.Tag))),
        ];
        (found, string? searchProblem) = Try(found, () => SearchOf(view));
        (found, string? filterProblem) = Try(found, () => view.Filter.Trim().Length == 0 ? null : RunFilter.Parse(view.Filter));
        return new(Sort(view, found, pinned), searchProblem, filterProblem);
    }

    private static (IReadOnlyList<RunSummary> Runs, string? Problem) Try(
        IReadOnlyList<RunSummary> runs, Func<Func<RunSummary, bool>?> condition)
    {
        try
        {
            return condition() is { } passes ? ([.. runs.Where(passes)], null) : (runs, null);
        }
        catch (InputException e)
        {
            return (runs, $"Not applied. {char.ToUpperInvariant(e.Problems[0][0])}{e.Problems[0][1..]}");
        }
    }

    private static Func<RunSummary, bool>? SearchOf(RunsView view)
    {
        if (view.IsPattern && view.Search.Length > 0)
        {
            var pattern = TextPattern.Parse(view.Search);
            return run => Texts(run).Any(pattern.IsMatch);
        }

        string[] words = view.Search.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Length == 0
            ? null
            : run => Array.TrueForAll(words, word => Texts(run).Any(text => text.Contains(word, StringComparison.OrdinalIgnoreCase)));
    }

    private static IReadOnlyList<RunSummary> Sort(RunsView view, IReadOnlyList<RunSummary> runs, IReadOnlySet<string> pinned)
    {
        // Runs without a value are last in either direction.
        RunColumn column = RunColumn.All.First(c => c.Key == view.SortKey);
        var keyed = runs.Select(r => (Run: r, Key: column.SortBy(r)))
            .OrderByDescending(p => pinned.Contains(p.Run.Id)).ThenBy(p => p.Key is null);
        IEnumerable<(RunSummary Run, IComparable? Key)> sorted =
            view.IsDescending ? keyed.ThenByDescending(p => p.Key) : keyed.ThenBy(p => p.Key);
        return [.. sorted.Select(p => p.Run)];
    }

    /// <summary>Returns the texts that a search looks at.</summary>
    private static IEnumerable<string> Texts(RunSummary run) =>
    [
        RunText.Title(run), run.Id, run.Spec.Dataset, SettingsTable.Method.Display(run.Spec), run.Spec.Method,
        SettingsTable.FromPretrained.Display(run.Spec), run.Spec.Teacher ?? "", run.Notes, RunText.State(run.State), .. run.Tags,
    ];
}
