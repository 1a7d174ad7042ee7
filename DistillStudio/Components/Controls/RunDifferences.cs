using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.History;

namespace DistillStudio.Components.Controls;

/// <summary>The values of several runs for one setting or condition.</summary>
/// <param name="Setting">The setting; null for a recorded condition, such as a version.</param>
/// <param name="Title">Title of the field on every page.</param>
/// <param name="Values">One value per run, in the order of the runs.</param>
public sealed record RunDifference(Setting? Setting, string Title, IReadOnlyList<string> Values)
{
    public bool IsSame => Values.Distinct().Count() == 1;

    /// <summary>The command-line flag; null if it cannot be set.</summary>
    public string? Flag => Setting?.Flag;
}

/// <summary>Determines how runs differ: their settings, and their compute conditions, which also affect results.</summary>
public static class RunDifferences
{
    /// <summary>Placeholder for values not recorded by an older version, or known only once a run has started.</summary>
    public const string Unknown = "unknown";

    private static readonly (Setting? Setting, string Title, Func<RunEnvironment, string?> Found, Func<RunSpec, string?> Asked)[] Conditions =
    [
        (SettingsTable.Threads, "Threads", e => e.Threads is { } threads ? Format.Count(threads) : null, s => s.Threads is { } threads ? Format.Count(threads) : null),
        (SettingsTable.Bf16, "Precision", e => e.Precision, _ => null),
        (SettingsTable.Device, "Device", e => e.Device, _ => null),
        (null, "Processor or GPU", e => e.DeviceName, _ => null),
        (null, "Version", e => Short(e.Version), _ => null),
        (null, "libtorch", e => e.LibTorch, _ => null),
    ];

    /// <summary>Returns the actual compute conditions of the runs, in order, whether or not they differ.</summary>
    public static IReadOnlyList<RunDifference> OfConditions(IReadOnlyList<RunSummary> runs) =>
        [.. Conditions.Select(c => new RunDifference(c.Setting, c.Title, [.. runs.Select(run => Value(run, c.Found, c.Asked))]))];

    /// <summary>
    /// Returns the settings, then conditions, whose text differs, in order. A dash marks a setting that does not apply to a run.
    /// </summary>
    public static IReadOnlyList<RunDifference> Of(IReadOnlyList<RunSummary> runs) =>
    [
        .. SettingsTable.OfResult
            .Where(setting => Conditions.All(c => c.Setting != setting))
            .Select(setting => new RunDifference(setting, setting.Title, [.. runs.Select(run => setting.Applies(run.Spec) ? setting.Display(run.Spec) : Format.Nothing)]))
            .Concat(OfConditions(runs))
            .Where(difference => !difference.IsSame),
    ];

    /// <summary>Shortens the commit in a version to seven digits.</summary>
    private static string? Short(string? version) => version?.IndexOf('+', StringComparison.Ordinal) is >= 0 and var plus && version.Length > plus + 8 ? version[..(plus + 8)] : version;

    /// <summary>Lists all values in order for a run that was resumed in another environment.</summary>
    private static string Value(RunSummary run, Func<RunEnvironment, string?> found, Func<RunSpec, string?> asked)
    {
        if (run.Environment is not { } started)
        {
            return asked(run.Spec) ?? Unknown;
        }

        IEnumerable<string> values = run.EarlierEnvironments.Append(RunEnvironment.Of(started)).Select(e => found(e) ?? Unknown);
        return string.Join(", then ", values.Aggregate(new List<string>(), (list, value) => list.LastOrDefault() == value ? list : [.. list, value]));
    }
}
