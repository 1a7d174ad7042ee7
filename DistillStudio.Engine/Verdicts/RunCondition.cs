using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Verdicts;

/// <summary>What a run was computed with, which changes results through rounding even where all settings are the same.</summary>
/// <param name="Setting">The setting that asks for it; null if it cannot be set.</param>
/// <param name="Found">Returns the recorded value; null for runs recorded by an older program.</param>
/// <param name="Asked">Returns the value that a run which has not started asks for; null if unknown.</param>
public sealed record RunCondition(Setting? Setting, string Title, Func<RunEnvironment, string?> Found, Func<RunSpec, string?> Asked)
{
    /// <summary>Precision: also a choice of the user, and so part of the method.</summary>
    public static RunCondition Precision { get; } = new(SettingsTable.Bf16, "Precision", e => e.Precision, _ => null);

    private const string Then = ", then ";

    public static IReadOnlyList<RunCondition> All { get; } =
    [
        new(SettingsTable.Threads, "Threads", e => e.Threads is { } threads ? Format.Count(threads) : null, s =>
            s.Threads is { } threads ? Format.Count(threads) : null),
        Precision,
        new(SettingsTable.Device, "Device", e => e.Device, _ => null),
        new(null, "Processor or GPU", e => e.DeviceName, _ => null),
        new(null, "Version", e => Short(e.Version), _ => null),
        new(null, "libtorch", e => e.LibTorch, _ => null),
    ];

    /// <summary>Returns the conditions that are known of all runs and differ, with their values in words: <c>threads (1 and
    /// 2)</c>.</summary>
    internal static IReadOnlyList<string> Differing(IReadOnlyList<ComparedRun> runs) =>
    [
        .. from condition in All
           let values = runs.Select(run => TextOf(run, condition)).Distinct().ToList()
           where values.Count > 1 && !values.Contains(null)
           select $"{char.ToLowerInvariant(condition.Title[0])}{condition.Title[1..]} ({Against([.. values.OfType<string>()])})",
    ];

    /// <summary>Returns the values of a run in order, those of a run that was resumed elsewhere once each time they change: <c>1, then
    /// 2</c>.</summary>
    public static string InOrder(IEnumerable<string> values)
    {
        var changes = new List<string>();
        foreach (string value in values)
        {
            if (changes.Count == 0 || changes[^1] != value)
            {
                changes.Add(value);
            }
        }

        return string.Join(Then, changes);
    }

    private static string? TextOf(ComparedRun run, RunCondition condition)
    {
        string?[] values = [.. run.Environments.Select(condition.Found)];
        return values.Length == 0 || values.Contains(null) ? null : InOrder(values.OfType<string>());
    }

    private static string Against(IReadOnlyList<string> values) =>
        values.Any(value => value.Contains(Then, StringComparison.Ordinal)) ? string.Join("; ", values) : VerdictText.List(values);

    /// <summary>Shortens the commit in a version to seven digits.</summary>
    private static string? Short(string? version) =>
        version?.IndexOf('+', StringComparison.Ordinal) is >= 0 and var plus && version.Length > plus + 8 ? version[..(plus + 8)] : version;
}
