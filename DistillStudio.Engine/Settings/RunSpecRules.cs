using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Engine.Training;

namespace DistillStudio.Engine.Settings;

/// <summary>One thing wrong with a spec.</summary>
/// <param name="Setting">The setting to mend.</param>
/// <param name="Text">What is wrong and what is allowed, without the setting's name.</param>
public sealed record SpecProblem(Setting Setting, string Text)
{
    public string Property => Setting.Property;

    /// <summary>A sentence: the flag, its value, what is allowed.</summary>
    public string Message => $"{Setting.Flag} {Text}";
}

/// <summary>Checks a spec, whoever wrote it: a command line, a form, a file. Reads no disk and asks no device.</summary>
public static class RunSpecRules
{
    /// <summary>Every problem there is, in the order of the settings; empty where the spec can run.</summary>
    public static IReadOnlyList<SpecProblem> Check(RunSpec spec) =>
        CheckLengths(spec) is { Length: > 0 } tooLong
            ? tooLong // the other rules would repeat such a text whole
            : [.. SettingsTable.All.Select(setting => (setting, Text: setting.Problem(spec))).Where(found => found.Text is not null).Select(found => new SpecProblem(found.setting, found.Text!))];

    /// <summary>
    /// The first thing wrong that no version could have written into the record of a run; null where there is none. Datasets, methods and teachers
    /// that this version does not know are allowed.
    /// </summary>
    public static SpecProblem? CheckRecord(RunSpec spec) =>
        CheckLengths(spec).FirstOrDefault() ?? Check(spec).FirstOrDefault(problem => problem.Setting.Group != SettingGroup.Sources);

    /// <exception cref="InputException">The spec has problems; it lists them all.</exception>
    public static void Require(RunSpec spec)
    {
        IReadOnlyList<SpecProblem> problems = Check(spec);
        if (problems.Count > 0)
        {
            throw new InputException([.. problems.Select(p => p.Message)]);
        }
    }

    private static SpecProblem[] CheckLengths(RunSpec spec) =>
        [.. SettingsTable.OfResult.Where(setting => setting.Write(spec)?.Length > SettingLimits.LongestText).Select(setting => TooLong(setting, setting.Write(spec)!))];

    private static SpecProblem TooLong(Setting setting, string text) =>
        new(setting, $"has {text.Length:N0} characters, more than the {SettingLimits.LongestText:N0} that are allowed; shorten it.");
}
