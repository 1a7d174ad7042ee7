using DistillStudio.Components.Interactivity;
using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Settings;
using DistillStudio.History;

namespace DistillStudio.Components.Pages.Runs;

/// <summary>Filter by the state of a run.</summary>
public enum StateFilter
{
    All,
    Active,
    Queued,
    Finished,

    /// <summary>Failed, cancelled or interrupted.</summary>
    Stopped,
}

/// <summary>View state of the table of runs: filters, order and columns; stored in the URL.</summary>
public sealed record RunsView
{
    public const int PageSize = 50;

    public string Search { get; init; } = "";

    public StateFilter State { get; init; }

    public string? Dataset { get; init; }

    public string? Method { get; init; }

    public string? Tag { get; init; }

    public string SortKey { get; init; } = RunColumn.Started;

    public bool IsDescending { get; init; } = true;

    /// <summary>Keys of the visible columns, in the order of the table.</summary>
    public IReadOnlyList<string> Columns { get; init; } = RunColumn.DefaultKeys;

    /// <summary>Zero-based page number.</summary>
    public int Page { get; init; }

    /// <summary>What the runs are grouped by; null for a row per run.</summary>
    public RunGrouping? Grouping { get; init; }

    public bool IsFiltered => Search.Length > 0 || State != StateFilter.All || Dataset is not null || Method is not null || Tag is not null;

    public static RunsView Read(PageQuery query)
    {
        string sort = query.Text("sort") ?? "";
        string[] columns = [.. RunColumn.All.Select(c => c.Key).Intersect(query.List("cols"))];
        return new()
        {
            Search = query.Text("q") ?? "",
            State = query.Choice("state", StateFilter.All),
            Dataset = query.Text("dataset"),
            Method = query.Text("method"),
            Tag = query.Text("tag"),
            SortKey = query.Find(
                "sort", text => RunColumn.All.FirstOrDefault(c => c.Key == text.TrimStart('-'))?.Key,
                PageQuery.OneOf([.. RunColumn.All.Select(c => c.Key)])) ?? RunColumn.Started,
            IsDescending = sort.Length == 0 || sort.StartsWith('-'),
            Columns = columns.Length > 0 ? columns : RunColumn.DefaultKeys,
            Grouping = query.Find(
                "group", text => RunGrouping.All.FirstOrDefault(grouping => grouping.Key == text),
                PageQuery.OneOf([.. RunGrouping.All.Select(grouping => grouping.Key)])),
            Page = (query.Whole("page", 1) ?? 1) - 1,
        };
    }

    public PageQuery Write() => new PageQuery()
        .Set("q", Search)
        .SetChoice("state", State, StateFilter.All)
        .Set("dataset", Dataset)
        .Set("method", Method)
        .Set("tag", Tag)
        .Set("sort", SortKey == RunColumn.Started && IsDescending ? null : (IsDescending ? "-" : "") + SortKey)
        .Set("cols", Columns.SequenceEqual(RunColumn.DefaultKeys) ? [] : Columns)
        .Set("group", Grouping?.Key)
        .Set("page", Page == 0 ? null : Page + 1);

    /// <summary>Returns the runs that pass every filter, sorted.</summary>
    public IReadOnlyList<RunSummary> Apply(IReadOnlyList<RunSummary> runs)
    {
        string[] words = Search.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        IEnumerable<RunSummary> passing = runs.Where(r =>
            Passes(State, r.State)
            && (Dataset is null || r.Spec.Dataset == Dataset)
            && (Method is null || r.Spec.Method == Method)
            && (Tag is null || r.Tags.Contains(Tag))
            && Array.TrueForAll(words, w => Mentions(r, w)));

        // Runs without a value are last in either direction.
        RunColumn column = RunColumn.All.First(c => c.Key == SortKey);
        var keyed = passing.Select(r => (Run: r, Key: column.SortBy(r))).OrderBy(p => p.Key is null);
        IEnumerable<(RunSummary Run, IComparable? Key)> sorted =
            IsDescending ? keyed.ThenByDescending(p => p.Key) : keyed.ThenBy(p => p.Key);
        return [.. sorted.Select(p => p.Run)];
    }

    /// <summary>
    /// Returns the unreadable runs that match the search. Only id and problem are known, so filters other than state exclude them.
    /// </summary>
    public IReadOnlyList<UnreadableRun> Apply(IReadOnlyList<UnreadableRun> runs)
    {
        string[] words = Search.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return State is not (StateFilter.All or StateFilter.Stopped) || Dataset is not null || Method is not null || Tag is not null
            ? []
            : [
                .. runs.Where(
                    r => Array.TrueForAll(words, w =>
                        r.Id.Contains(w, StringComparison.OrdinalIgnoreCase) || r.Problem.Contains(w, StringComparison.OrdinalIgnoreCase)))
            ];
    }

    public static bool Passes(StateFilter filter, RunState state) => filter switch
    {
        StateFilter.Active => state.IsActive(),
        StateFilter.Queued => state == RunState.Queued,
        StateFilter.Finished => state == RunState.Finished,
        StateFilter.Stopped => state is RunState.Failed or RunState.Cancelled or RunState.Interrupted,
        _ => true,
    };

    private static bool Mentions(RunSummary run, string word)
    {
        bool Has(string? text) => text?.Contains(word, StringComparison.OrdinalIgnoreCase) == true;

        return Has(RunText.Title(run)) || Has(run.Id) || Has(run.Spec.Dataset) || Has(SettingsTable.Method.Display(run.Spec))
            || Has(run.Spec.Method)
            || Has(SettingsTable.FromPretrained.Display(run.Spec)) || Has(run.Spec.Teacher) || Has(run.Notes)
            || Has(RunText.State(run.State)) || run.Tags.Any(Has);
    }
}
