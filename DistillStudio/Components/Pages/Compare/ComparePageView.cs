using DistillStudio.Components.Charts;
using DistillStudio.Components.Controls;

namespace DistillStudio.Components.Pages.Compare;

/// <summary>Which runs are compared and how; kept in the address, which reproduces the view.</summary>
public sealed record ComparePageView
{
    /// <summary>More would be unreadable, and too much to draw at once.</summary>
    public const int MostRuns = 12;

    /// <summary>In the order of the address.</summary>
    public IReadOnlyList<string> Runs { get; init; } = [];

    /// <summary>The run that differences are taken to; null for the first.</summary>
    public string? Baseline { get; init; }

    /// <summary>Runs whose curves are not drawn.</summary>
    public IReadOnlyList<string> Hidden { get; init; } = [];

    public ChartView Chart { get; init; } = new();

    public SampleView Samples { get; init; } = new();

    public static ComparePageView Read(PageQuery query) => new()
    {
        Runs = [.. query.List("runs").Distinct().Take(MostRuns)],
        Baseline = query.Text("base"),
        Hidden = query.List("hide"),
        Chart = ChartView.Read(query),
        Samples = SampleView.Read(query),
    };

    public PageQuery Write()
    {
        PageQuery query = new PageQuery()
            .Set("runs", Runs)
            .Set("base", Runs.Count > 0 && Baseline == Runs[0] ? null : Baseline)
            .Set("hide", Hidden.Intersect(Runs));
        Chart.Write(query);
        Samples.Write(query);
        return query;
    }
}
