using DistillStudio.Components.Charts;
using DistillStudio.Components.Controls;
using DistillStudio.Components.Interactivity;
using DistillStudio.Engine.Verdicts;

namespace DistillStudio.Components.Pages.Compare;

/// <summary>View state of the comparison page, stored in the URL, which reproduces the view.</summary>
public sealed record ComparePageView
{
    /// <summary>Maximum number of runs: five methods with twenty seeds each. More would not fit into an address.</summary>
    public const int MostRuns = 100;

    /// <summary>Ids of the compared runs, in the order of the URL.</summary>
    public IReadOnlyList<string> Runs { get; init; } = [];

    /// <summary>Id of the run that differences are computed against; null for the first run.</summary>
    public string? Baseline { get; init; }

    /// <summary>Difference in accuracy within which methods count as equally good, as a fraction.</summary>
    public double Margin { get; init; } = Verdict.UsualMargin;

    /// <summary>Whether the runs are compared when all had taken the same compute.</summary>
    public bool IsAtEqualCompute { get; init; }

    /// <summary>Ids of the runs whose curves are hidden.</summary>
    public IReadOnlyList<string> Hidden { get; init; } = [];

    public ChartView Chart { get; init; } = new();

    public SampleView Samples { get; init; } = new();

    public WhereTheyDifferView Differences { get; init; } = new();

    public static ComparePageView Read(PageQuery query) => new()
    {
        Runs = [.. query.List("runs").Distinct().Take(MostRuns)],
        Baseline = query.Text("base"),
        IsAtEqualCompute = query.Text("equal") == "compute",
        Margin = query.Number("margin", double.Epsilon, Verdict.LargestMargin) ?? Verdict.UsualMargin,
        Hidden = query.List("hide"),
        Chart = ChartView.Read(query),
        Samples = SampleView.Read(query),
        Differences = WhereTheyDifferView.Read(query),
    };

    public PageQuery Write()
    {
        PageQuery query = new PageQuery()
            .Set("runs", Runs)
            .Set("base", Runs.Count > 0 && Baseline == Runs[0] ? null : Baseline)
            .Set("margin", Margin == Verdict.UsualMargin ? null : Margin)
            .Set("equal", IsAtEqualCompute ? "compute" : null)
            .Set("hide", Hidden.Intersect(Runs));
        Chart.Write(query);
        Samples.Write(query);
        Differences.Write(query);
        return query;
    }
}
