using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Studies;

/// <summary>What a study's open runs cost.</summary>
/// <param name="Runs">Number of runs of the study.</param>
/// <param name="Reused">Number of runs that are finished already.</param>
/// <param name="Seconds">Time of the open runs one after the other, in seconds; null without an earlier run to estimate it from.</param>
/// <param name="Bytes">Disk space of the runs that do not exist yet; null if a model's configuration cannot be read.</param>
/// <param name="FreeBytes">Free space of the home's disk; null if unknown.</param>
public sealed record StudyEstimate(int Runs, int Reused, int Open, double? Seconds, long? Bytes, long? FreeBytes)
{
    /// <summary>Bytes of a float32 number.</summary>
    private const long Float = 4;

    /// <summary>The exported model, and the best weights among the checkpoints.</summary>
    private const long CopiesOfWeights = 2;

    /// <summary>Checkpoints kept, each with weights and two moments.</summary>
    private const long CopiesOfState = 2 * 3;

    /// <param name="progress">The study, before or while it runs.</param>
    /// <param name="home">Home of the models and runs.</param>
    /// <param name="catalog">Its runs tell how long others take.</param>
    /// <param name="secondsPerStep">Measured seconds per step of a run; null to rely on earlier runs.</param>
    public static StudyEstimate Of(
        StudyProgress progress, StudioHome home, RunCatalog catalog, Func<RunSpec, double?>? secondsPerStep = null)
    {
        StudyRun[] open = [.. progress.Runs.Where(run => run.IsOpen)];
        RecordedRun[] earlier = open.Length == 0 ? [] : [.. catalog.Finished()];
        double?[] seconds = [.. open.Select(run => SecondsOf(run, earlier, secondsPerStep))];
        long?[] bytes = [.. open.Where(run => run.State == StudyRunState.Missing).Select(run => BytesOf(run.Plan.Spec, home))];
        return new(
            progress.Runs.Count,
            progress.Count(StudyRunState.Finished),
            open.Length,
            seconds.Contains(null) ? null : seconds.Sum(),
            bytes.Contains(null) ? null : bytes.Sum(),
            FreeOn(home));
    }

    private static double? SecondsOf(StudyRun run, RecordedRun[] earlier, Func<RunSpec, double?>? secondsPerStep)
    {
        RunSpec spec = run.Plan.Spec;
        int steps = spec.MaxSteps - (run.Facts?.Step ?? 0);
        RecordedRun? like = earlier
            .Where(facts => facts is { Step: > 0, Result.Seconds: > 0 } && IsAlike(facts.Spec, spec))
            .OrderByDescending(facts => facts.Spec.Method == spec.Method)
            .ThenByDescending(facts => facts.Step)
            .ThenByDescending(facts => facts.Id, StringComparer.Ordinal)
            .FirstOrDefault();
        return steps * (
            like is null
                ? secondsPerStep?.Invoke(spec)
                : like.Result!.Seconds / like.Step * ExamplesPerStep(spec) / ExamplesPerStep(like.Spec));
    }

    private static double ExamplesPerStep(RunSpec spec) => (double)spec.BatchSize * spec.GradSteps;

    private static bool IsAlike(RunSpec a, RunSpec b) =>
        a.FromPretrained == b.FromPretrained && a.Dataset == b.Dataset && a.Device == b.Device && a.Threads == b.Threads
            && a.Bf16 == b.Bf16;

    private static long? BytesOf(RunSpec spec, StudioHome home)
    {
        try
        {
            return HuggingFaceFolder.Inspect(ModelLocator.Find(spec.FromPretrained, home)).Config is { } config
                ? config.ParameterCount * Float * (CopiesOfWeights + CopiesOfState)
                : null;
        }
        catch (InputException)
        {
            return null; // the run says so itself
        }
    }

    private static long? FreeOn(StudioHome home)
    {
        try
        {
            string? place = home.Path;
            while (place is not null && !Directory.Exists(place))
            {
                place = Path.GetDirectoryName(place);
            }

            return place is null ? null : new DriveInfo(place).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
