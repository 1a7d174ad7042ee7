using DistillStudio.Components.Charts;
using DistillStudio.Components.Interactivity;
using DistillStudio.Engine.Studies;

namespace DistillStudio.Components.Pages.Studies;

/// <summary>View state of a study's page, stored in the address.</summary>
public sealed record StudyPageView
{
    /// <summary>Number of cells whose curves are shown at first, few enough to distinguish.</summary>
    private const int MostAtFirst = 6;

    /// <summary>Value of the address for a figure without curves.</summary>
    private const string NoCells = "none";

    /// <summary>Indices of the cells whose curves are shown; null for the usual ones.</summary>
    public IReadOnlyList<int>? Cells { get; init; }

    /// <summary>The part of the curves that is shown.</summary>
    public ChartZoom Zoom { get; init; } = ChartZoom.None;

    /// <summary>Lines that are hidden in the figures against a setting, as <c>setting.line</c>.</summary>
    public IReadOnlyList<string> Hidden { get; init; } = [];

    /// <summary>Names of the figures that are shown as tables.</summary>
    public IReadOnlyList<string> Tables { get; init; } = [];

    public static StudyPageView Read(PageQuery query) => new()
    {
        Cells = query.Text("cells") is null
            ? null
            : [.. query.List("cells").Where(text => text != NoCells).Select(text => IndexOf(text, query)).OfType<int>().Distinct()],
        Zoom = ChartZoom.Read(query),
        Hidden = query.List("hide"),
        Tables = query.List("table"),
    };

    private static int? IndexOf(string text, PageQuery query) =>
        int.TryParse(text, out int index) && index >= 0 ? index
            : query.Refuse<int?>("cells", $"numbers of cells with commas, or {NoCells}", null);

    public PageQuery Write() => Zoom.Write(new PageQuery())
        .Set("cells", Cells is null ? null : Cells.Count == 0 ? NoCells : string.Join(',', Cells))
        .Set("hide", Hidden)
        .Set("table", Tables);

    /// <summary>Returns the cells to show: if there are many, at first the last one and its baseline.</summary>
    public IReadOnlyCollection<int> CellsOf(StudyGrid grid)
    {
        if (Cells is not null)
        {
            return [.. Cells.Where(index => index < grid.Cells.Count)];
        }

        StudyCell last = grid.Cells[^1];
        return grid.Cells.Count <= MostAtFirst ? [.. grid.Cells.Select(cell => cell.Index)]
            : grid.BaselineOf(last) is { } baseline ? [baseline.Index, last.Index]
            : [.. grid.Cells.Take(MostAtFirst).Select(cell => cell.Index)];
    }

    public StudyPageView WithTable(string figure, bool isTable) =>
        this with { Tables = isTable ? [.. Tables.Append(figure).Distinct()] : [.. Tables.Where(other => other != figure)] };
}
