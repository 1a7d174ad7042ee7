using DistillStudio.Components.Interactivity;
using DistillStudio.Components.Pages.Compare;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Studies;
using DistillStudio.History;
using DistillStudio.Reports;
using DistillStudio.Reports.Writing;

namespace DistillStudio.Hosting;

/// <summary>
/// Serves reports as downloads: <c>/runs/{id}/report.html</c>, <c>/compare/report.html</c> with the query of the page, and
/// <c>/studies/{id}/report.html</c>; each also as <c>.zip</c> in Markdown.
/// </summary>
internal static class ReportDownloads
{
    public static void MapReportDownloads(this IEndpointRouteBuilder routes)
    {
        foreach (ReportFormat format in ReportFormat.All)
        {
            routes.MapGet(
                $"/runs/{{id}}/report{format.Ending}",
                (string id, IRunHistory history) => Send(format, () => OfRun(history, id)));
            routes.MapGet(
                $"/compare/report{format.Ending}",
                (HttpRequest request, IRunHistory history) => Send(format, () => OfRuns(history, request.QueryString.Value ?? "")));
            routes.MapGet(
                $"/studies/{{id}}/report{format.Ending}",
                (string id, StudyStore store, StudioHome home, RunCatalog catalog) =>
                    Send(format, () => OfStudy(store, home, catalog, id)));
        }
    }

    private static IResult Send(ReportFormat format, Func<Report?> make)
    {
        try
        {
            if (make() is not { } report)
            {
                return Results.NotFound();
            }

            using var file = new MemoryStream();
            format.Write(file, report);
            return Results.File(file.ToArray(), format.Type, report.FileName + format.Ending);
        }
        catch (InputException e)
        {
            return Results.Text(string.Join('\n', e.Problems), statusCode: StatusCodes.Status422UnprocessableEntity);
        }
    }

    private static Report? OfRun(IRunHistory history, string id) => history.Find(id) is { } run ? Reports(history).Of(run) : null;

    private static Report? OfRuns(IRunHistory history, string query)
    {
        var view = ComparePageView.Read(PageQuery.Of(query));
        RunSummary[] runs = [.. view.Runs.Select(history.Find).OfType<RunSummary>().OrderByDescending(run => run.Id == view.Baseline)];
        return runs.Length > 1 ? Reports(history).Of(runs, view.Margin, history.ListRuns(), view.IsAtEqualCompute)
            : runs.Length == 1 ? Reports(history).Of(runs[0])
            : null;
    }

    private static Report? OfStudy(StudyStore store, StudioHome home, RunCatalog catalog, string id) =>
        store.Find(id) is { } study ? StudyReport.Of(StudyProgress.Of(study, home, catalog)) : null;

    private static RunReports Reports(IRunHistory history) => new(run => history.AllEvents(run.Id));
}
