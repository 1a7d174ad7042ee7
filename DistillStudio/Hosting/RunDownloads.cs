using System.Text;
using System.Text.Json;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.Exports;
using DistillStudio.History;

namespace DistillStudio.Hosting;

/// <summary>
/// Serves a run's metrics as downloads: <c>/runs/{id}/metrics.csv</c>, <c>evaluations.csv</c>, <c>metrics.json</c> and
/// <c>events.jsonl</c>.
/// </summary>
internal static class RunDownloads
{
    public const string JsonLines = "application/x-ndjson";

    public static void MapRunDownloads(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder run = routes.MapGroup("/runs/{id}");
        run.MapGet("metrics.csv", (string id, IRunHistory history) => Write(history, id, RunCsv.StepsName, Csv.Type, WriteSteps));
        run.MapGet(
            "evaluations.csv", (string id, IRunHistory history) => Write(history, id, RunCsv.EvaluationsName, Csv.Type, WriteEvaluations));
        run.MapGet("metrics.json", (string id, IRunHistory history) => Write(history, id, RunJson.Name, "application/json", WriteJson));
        run.MapGet("events.jsonl", (string id, IRunHistory history) => Write(history, id, "events.jsonl", JsonLines, WriteEvents));
    }

    private static IResult Write(
        IRunHistory history, string id, string name, string type, Func<IRunHistory, RunSummary, StreamWriter, Task> write)
    {
        if (history.Find(id) is not { } run)
        {
            return Results.NotFound();
        }

        return Results.Stream(
            async stream =>
            {
                await using var writer = new StreamWriter(
                    stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 1 << 16, leaveOpen: true);
                await write(history, run, writer);
            },
            type,
            $"{run.Id}-{name}");
    }

    private static Task WriteSteps(IRunHistory history, RunSummary run, StreamWriter writer) =>
        WriteLines(RunCsv.Steps(history.AllEvents(run.Id)), writer);

    private static Task WriteEvaluations(IRunHistory history, RunSummary run, StreamWriter writer) =>
        WriteLines(RunCsv.Evaluations(history.Evaluations(run.Id)), writer);

    private static async Task WriteLines(IEnumerable<string> lines, StreamWriter writer)
    {
        foreach (string line in lines)
        {
            await writer.WriteLineAsync(line);
        }
    }

    private static async Task WriteJson(IRunHistory history, RunSummary run, StreamWriter writer)
    {
        await writer.FlushAsync();
        await RunJson.WriteAsync(writer.BaseStream, run, history.AllEvents(run.Id));
    }

    private static async Task WriteEvents(IRunHistory history, RunSummary run, StreamWriter writer)
    {
        foreach (RunEvent happened in history.AllEvents(run.Id))
        {
            await writer.WriteLineAsync(JsonSerializer.Serialize(happened, EngineJson.Events));
        }
    }
}
