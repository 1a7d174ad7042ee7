using DistillStudio.Components.Presentation;
using DistillStudio.Reports.Charts;
using DistillStudio.Reports.Writing;

namespace DistillStudio.Tests.Reports;

public sealed partial class WrittenReportsTests
{
    /// <summary>A method's lines have its colour whatever their place, as on the pages, and differ in their dashes.</summary>
    private static void RequireColorsOfTheMethods(Report report)
    {
        Figure[] figures = [.. report.Blocks.OfType<Figure>()];
        Assert.NotEmpty(figures);
        Assert.All(figures, figure =>
        {
            ChartLine[] named = [.. figure.Chart.Lines.Where(line => line.Name is not null)];
            Assert.All(named, line => Assert.Equal(
                MethodColors.Slot(line.Name!.StartsWith("Standard", StringComparison.Ordinal) ? "standard" : "task_prefix"), line.Slot));
            Assert.Equal(named.Length, named.DistinctBy(line => line.Dash).Count());
        });
    }
}
