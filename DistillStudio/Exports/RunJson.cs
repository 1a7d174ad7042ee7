using System.Text.Json;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.History;

namespace DistillStudio.Exports;

/// <summary>A run's summary with all steps and evaluations as one JSON object; identical in a download and in <c>runs export</c>.</summary>
internal static class RunJson
{
    public const string Name = "metrics.json";

    public static Task WriteAsync(Stream stream, RunSummary run, IEnumerable<RunEvent> events) =>
        JsonSerializer.SerializeAsync(stream, Of(run, events), EngineJson.Events);

    public static void Write(Stream stream, RunSummary run, IEnumerable<RunEvent> events) =>
        JsonSerializer.Serialize(stream, Of(run, events), EngineJson.Events);

    private static object Of(RunSummary run, IEnumerable<RunEvent> events)
    {
        RunEvent[] figures = [.. events.Where(e => e is StepCompleted or EvaluationCompleted)];
        return new { Run = run, Steps = figures.OfType<StepCompleted>(), Evaluations = figures.OfType<EvaluationCompleted>() };
    }
}
