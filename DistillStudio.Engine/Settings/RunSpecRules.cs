using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Settings;

/// <summary>A validation error of a spec.</summary>
/// <param name="Setting">The invalid setting.</param>
/// <param name="Text">The error and the allowed values, without the setting's name.</param>
public sealed record SpecProblem(Setting Setting, string Text)
{
    public string Property => Setting.Property;

    /// <summary>A sentence with the flag, its value and the allowed values.</summary>
    public string Message => $"{Setting.Flag} {Text}";

    /// <summary>A sentence for the setting's field in a form: its title and the allowed values; other settings have their titles, not their
    /// flags.</summary>
    public string OfField => Text.Split(SettingFactory.OutOfRange) is not [_, var range]
        ? WithTitles(Text.StartsWith("is ", StringComparison.Ordinal) ? $"{Setting.Title} {Text}" : $"{Setting.Title}: {Text}")
        : range.StartsWith(SettingFactory.Give, StringComparison.Ordinal)
        ? $"{Setting.Title} must be {range[SettingFactory.Give.Length..]}"
        : $"{Setting.Title} must be {Setting.Expected}.";

    private static string WithTitles(string text) => SettingsTable.All
        .SelectMany(setting => setting.Flags, (setting, flag) => (flag.Name, setting.Title))
        .OrderByDescending(named => named.Name.Length) // a flag may begin like another
        .Aggregate(text, (sentence, named) => sentence.Replace(named.Name, $"“{named.Title}”", StringComparison.Ordinal));
}

/// <summary>Validates a spec from any source: a command line, a form, a file. Does not access the disk or a device.</summary>
public static class RunSpecRules
{
    /// <summary>Returns all validation errors in the order of the settings; empty if the spec is valid.</summary>
    public static IReadOnlyList<SpecProblem> Check(RunSpec spec) =>
        CheckLengths(spec) is { Length: > 0 } tooLong
            ? tooLong // the other rules would repeat the long text in full
            : [
                .. SettingsTable.All.Select(setting => (setting, Text: setting.Problem(spec))).Where(found => found.Text is not null)
                    .Select(found => new SpecProblem(found.setting, found.Text!))
            ];

    /// <summary>
    /// Returns the first error that no version could have written to a run's record; null if there is none. Datasets, methods and teachers
    /// unknown to this version are allowed.
    /// </summary>
    public static SpecProblem? CheckRecord(RunSpec spec) =>
        CheckLengths(spec).FirstOrDefault() ?? Check(spec).FirstOrDefault(problem => problem.Setting.Group != SettingGroup.Sources);

    /// <exception cref="InputException">The spec has validation errors; the message lists all of them.</exception>
    public static void Require(RunSpec spec)
    {
        IReadOnlyList<SpecProblem> problems = Check(spec);
        if (problems.Count > 0)
        {
            throw new InputException([.. problems.Select(p => p.Message)]);
        }
    }

    private static SpecProblem[] CheckLengths(RunSpec spec) =>
        [
            .. SettingsTable.OfResult.Where(setting => setting.Write(spec)?.Length > SettingLimits.LongestText).Select(
                setting => TooLong(setting, setting.Write(spec)!))
        ];

    private static SpecProblem TooLong(Setting setting, string text) =>
        new(setting, $"has {text.Length:N0} characters, more than the {SettingLimits.LongestText:N0} that are allowed; shorten it.");
}
