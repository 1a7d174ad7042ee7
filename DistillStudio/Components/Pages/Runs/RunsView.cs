using DistillStudio.Components.Interactivity;
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

    /// <summary>True if <see cref="Search"/> is a regular expression.</summary>
    public bool IsPattern { get; init; }

    /// <summary>Condition in the language of <see cref="Filters.RunFilter"/>; empty for none.</summary>
    public string Filter { get; init; } = "";

    public StateFilter State { get; init; }

    public string? Dataset { get; init; }

    public string? Method { get; init; }

    public string? Tag { get; init; }

    public string SortKey { get; init; } = RunColumn.Started;

    public bool IsDescending { get; init; } = true;

    /// <summary>Keys of the visible columns, in the order of the table.</summary>
    public IReadOnlyList<string> Columns { get; init; } = RunColumn.DefaultKeys;

    /// <summary>True if columns in which all runs agree are shown too.</summary>
    public bool ShowsConstant { get; init; }

    /// <summary>True if the curves of the selected runs are drawn beside the table.</summary>
    public bool ShowsCurves { get; init; }

    /// <summary>Zero-based page number.</summary>
    public int Page { get; init; }

    /// <summary>What the runs are grouped by; null for a row per run.</summary>
    public RunGrouping? Grouping { get; init; }

    public bool IsFiltered => Search.Length > 0 || Filter.Trim().Length > 0 || State != StateFilter.All
        || Dataset is not null || Method is not null || Tag is not null;

    /// <summary>The view without its page, as the query of its address without the question mark.</summary>
    public string QueryText => (this with { Page = 0 }).Write().Under("").TrimStart('?');

    public static RunsView Read(PageQuery query)
    {
        string sort = query.Text("sort") ?? "";
        string[] columns = [.. RunColumn.All.Select(c => c.Key).Intersect(query.List("cols"))];
        return new()
        {
            Search = query.Text("q") ?? "",
            IsPattern = query.Flag("regex"),
            Filter = query.Text("where") ?? "",
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
            ShowsConstant = query.Flag("constant"),
            ShowsCurves = query.Flag("curves"),
            Page = (query.Whole("page", 1) ?? 1) - 1,
        };
    }

    public PageQuery Write() => new PageQuery()
        .Set("q", Search)
        .Set("regex", IsPattern)
        .Set("where", Filter)
        .SetChoice("state", State, StateFilter.All)
        .Set("dataset", Dataset)
        .Set("method", Method)
        .Set("tag", Tag)
        .Set("sort", SortKey == RunColumn.Started && IsDescending ? null : (IsDescending ? "-" : "") + SortKey)
        .Set("cols", Columns.SequenceEqual(RunColumn.DefaultKeys) ? [] : Columns)
        .Set("group", Grouping?.Key)
        .Set("constant", ShowsConstant)
        .Set("curves", ShowsCurves)
        .Set("page", Page == 0 ? null : Page + 1);

    /// <summary>Returns the runs that pass every filter, sorted.</summary>
    public IReadOnlyList<RunSummary> Apply(IReadOnlyList<RunSummary> runs) =>
        RunsQuery.Find(this, runs, System.Collections.Frozen.FrozenSet<string>.Empty).Runs;

    /// <summary>
    /// Returns the unreadable runs that match the search. Only id and problem are known, so filters other than state exclude them.
    /// </summary>
    public IReadOnlyList<UnreadableRun> Apply(IReadOnlyList<UnreadableRun> runs)
    {
        string[] words = IsPattern ? [] : Search.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return State is not (StateFilter.All or StateFilter.Stopped) || Dataset is not null || Method is not null || Tag is not null
            || Filter.Trim().Length > 0
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
}
