using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Settings;
using DistillStudio.History;

namespace DistillStudio.Components.Controls;

/// <summary>One way in which runs may differ, beside each other.</summary>
/// <param name="Setting">Null for what is not set but found, such as a version.</param>
/// <param name="Title">What the field is called on every page.</param>
/// <param name="Values">One a run, in their order.</param>
public sealed record RunDifference(Setting? Setting, string Title, IReadOnlyList<string> Values)
{
    public bool IsSame => Values.Distinct().Count() == 1;

    /// <summary>As the command line spells it; null for what cannot be set.</summary>
    public string? Flag => Setting?.Flag;
}

/// <summary>What tells runs apart: their settings, and what they were computed with, since that too changes results.</summary>
public static class RunDifferences
{
    /// <summary>Stands for what an older program did not record, or what is known only once a run has begun.</summary>
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

    /// <summary>What the runs were really computed with, whatever was asked for; in order, different or not.</summary>
    public static IReadOnlyList<RunDifference> OfConditions(IReadOnlyList<RunSummary> runs) =>
        [.. Conditions.Select(c => new RunDifference(c.Setting, c.Title, [.. runs.Select(run => Value(run, c.Found, c.Asked))]))];

    /// <summary>Settings, then conditions, whose text is not the same in all, in order. A setting that does not apply to a run says so with a dash.</summary>
    public static IReadOnlyList<RunDifference> Of(IReadOnlyList<RunSummary> runs) =>
    [
        .. SettingsTable.OfResult
            .Where(setting => Conditions.All(c => c.Setting != setting))
            .Select(setting => new RunDifference(setting, setting.Title, [.. runs.Select(run => setting.Applies(run.Spec) ? setting.Display(run.Spec) : Format.Nothing)]))
            .Concat(OfConditions(runs))
            .Where(difference => !difference.IsSame),
    ];

    /// <summary>Seven digits tell commits apart.</summary>
    private static string? Short(string? version) => version?.IndexOf('+', StringComparison.Ordinal) is >= 0 and var plus && version.Length > plus + 8 ? version[..(plus + 8)] : version;

    /// <summary>A run that was taken up elsewhere names each in turn.</summary>
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
