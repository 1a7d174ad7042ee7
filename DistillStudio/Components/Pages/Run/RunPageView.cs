using DistillStudio.Components.Charts;
using DistillStudio.Components.Controls;
using DistillStudio.Components.Interactivity;

namespace DistillStudio.Components.Pages.Run;

/// <summary>View state of a run's page, stored in the URL.</summary>
public sealed record RunPageView
{
    public ChartView Chart { get; init; } = new();

    /// <summary>Kinds of curves that are hidden, see <see cref="FigureLegend"/>.</summary>
    public IReadOnlyList<string> Hidden { get; init; } = [];

    public SampleView Samples { get; init; } = new();

    /// <summary>True if the output of the run's job is shown in place of its log.</summary>
    public bool ShowsOutput { get; init; }

    public static RunPageView Read(PageQuery query) => new()
    {
        Chart = ChartView.Read(query),
        Hidden = query.List("hide"),
        Samples = SampleView.Read(query),
        ShowsOutput = query.Flag("output"),
    };

    public PageQuery Write()
    {
        PageQuery query = new PageQuery().Set("hide", Hidden).Set("output", ShowsOutput);
        Chart.Write(query);
        Samples.Write(query);
        return query;
    }
}
