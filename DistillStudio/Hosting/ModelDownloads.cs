using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.History;
using DistillStudio.Models;

namespace DistillStudio.Hosting;

/// <summary>Serves a run's trained model with its card as a download: <c>/runs/{id}/model.zip</c>.</summary>
internal static class ModelDownloads
{
    public const string FileName = "model.zip";

    public static void MapModelDownloads(this IEndpointRouteBuilder routes) => routes.MapGet(
        $"/runs/{{id}}/{FileName}",
        (string id, IRunHistory history, StudioHome home, HttpContext context) =>
        {
            if (history.Find(id) is not { } run)
            {
                return Results.NotFound();
            }

            try
            {
                var model = TrainedModel.Of(run, home);
                return Results.Stream(
                    stream => ModelExport.WriteZipAsync(stream, model, null, context.RequestAborted), "application/zip",
                    $"{run.Id}-{FileName}");
            }
            catch (InputException e)
            {
                return Results.Text(string.Join('\n', e.Problems), statusCode: StatusCodes.Status422UnprocessableEntity);
            }
        });
}
