using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Studies;

/// <summary>
/// Identifies runs that have the same outcome but for rounding: two runs with equal keys differ at most in their name, their
/// checkpoints, their threads, and in settings that have no effect.
/// </summary>
public static class RunKey
{
    private static readonly Setting[] WithoutEffect = [SettingsTable.SaveSteps, SettingsTable.Threads];

    /// <param name="spec">Settings of a run.</param>
    /// <param name="home">Resolves the default data folder.</param>
    public static string Of(RunSpec spec, StudioHome home) => Of(spec, home, without: null);

    /// <summary>Returns the key of all seeds together.</summary>
    public static string OfAllSeeds(RunSpec spec, StudioHome home) => Of(spec, home, SettingsTable.Seed);

    private static string Of(RunSpec spec, StudioHome home, Setting? without)
    {
        RunSpec full = spec with
        {
            FromPretrained = Path.TrimEndingDirectorySeparator(spec.FromPretrained),
            DataDir = spec.Dataset == RunDefaults.Demo.Dataset
                ? null
                : Path.TrimEndingDirectorySeparator(Path.GetFullPath(spec.DataDir ?? home.Datasets)),
        };
        return string.Join('\n', SettingsTable.OfOutcome
            .Where(setting => setting != without && !WithoutEffect.Contains(setting) && setting.Applies(full))
            .Select(setting => $"{setting.JsonName}={setting.Write(full)}"));
    }
}
