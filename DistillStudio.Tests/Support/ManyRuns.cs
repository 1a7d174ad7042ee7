using System.Text.Json;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Tests.Support;

/// <summary>A home with more finished runs than anyone looks at one by one.</summary>
internal static class ManyRuns
{
    /// <summary>Writes short runs of both methods, with all alphas and seeds, some of them with long names.</summary>
    public static async Task WriteAsync(StudioHome home, int count, CancellationToken stop)
    {
        for (int i = 0; i < count; i++)
        {
            RunSpec spec = (i % 2 == 0 ? SeededHome.Standard : SeededHome.StepByStep with { Alpha = i % 10 / 10.0 }) with
            {
                Seed = i / 20,
                MaxSteps = 10,
                LearningRate = 1e-3 * (1 + (i % 4)),
                Name = i % 7 == 0 ? $"A name that somebody gave to run number {i} so that it can be told from all the others" : null,
            };
            string method = spec.Method == MethodNames.Standard ? "standard" : "task-prefix";
            string run = Path.Combine(home.Runs, $"20260101-{i / 3600:00}{i / 60 % 60:00}{i % 60:00}-demo-{method}-{i:x4}");
            Directory.CreateDirectory(run);
            await File.WriteAllTextAsync(Path.Combine(run, "spec.json"), JsonSerializer.Serialize(spec, EngineJson.Spec), stop);
            await File.WriteAllLinesAsync(
                Path.Combine(run, "events.jsonl"),
                RunScript.Numbered(RunScript.Whole(spec, evalSteps: 5)).Select(e => JsonSerializer.Serialize(e, EngineJson.Events)), stop);
        }
    }
}
