using DistillStudio.Components.Charts;
using DistillStudio.Components.Controls;
using DistillStudio.Components.Interactivity;

namespace DistillStudio.Components.Pages.Run;

/// <summary>View state of a run's page, stored in the URL.</summary>
public sealed record RunPageView
{
    public ChartView Chart { get; init; } = new();

    public SampleView Samples { get; init; } = new();

    public static RunPageView Read(PageQuery query) => new() { Chart = ChartView.Read(query), Samples = SampleView.Read(query) };

    public PageQuery Write()
    {
        var query = new PageQuery();
        Chart.Write(query);
        Samples.Write(query);
        return query;
    }
}
