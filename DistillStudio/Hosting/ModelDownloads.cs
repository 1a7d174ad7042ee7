using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.History;
using DistillStudio.Models;
using Microsoft.AspNetCore.Http.Features;

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
                // An entry of an archive writes its last bytes synchronously when it is closed, even asynchronously (.NET 10).
                context.Features.GetRequiredFeature<IHttpBodyControlFeature>().AllowSynchronousIO = true;
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
