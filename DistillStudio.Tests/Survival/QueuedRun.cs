using System.Globalization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Tests.Survival;

/// <summary>Short runs on the bundled demo that enter a studio's queue by their folder, so that the studio can be a process of its
/// own.</summary>
internal static class QueuedRun
{
    public static RunSpec Short { get; } =
        RunDefaults.Demo with { MaxSteps = 60, EvalSteps = 10, BatchSize = 8, EvalLimit = 8, GenMaxLen = 8, Device = "cpu", Threads = 1 };

    /// <summary>A studio on this home takes it up within a second or two.</summary>
    public static RunFolder Add(StudioHome home, RunSpec spec, int place = 1)
    {
        Directory.CreateDirectory(home.Runs);
        RunFolder folder = RunFolder.Create(home.Runs, spec, DateTimeOffset.UtcNow);
        AtomicFile.WriteAllText(
            Path.Combine(folder.Path, "studio.json"), string.Create(CultureInfo.InvariantCulture, $"{{\"queue_order\": {place}}}"));
        return folder;
    }

    public static object[] Losses(RunFolder folder) =>
        [.. RunFiles.Events(folder.Path).OfType<StepCompleted>().Select(p => (object)(p.Step, p.Loss, p.GradientNorm))];
}
