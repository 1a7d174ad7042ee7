using System.Text;

namespace DistillStudio.Engine.Settings;

/// <summary>
/// Converts a run's settings to flags and back: reading the result of <see cref="Write"/> returns an equal spec. Page URLs use the same
/// texts.
/// </summary>
public static class SpecArguments
{
    /// <summary>Command that starts the program from the repository's root.</summary>
    public const string Program = "dotnet run --project DistillStudio --";

    /// <summary>
    /// Returns the command that trains <paramref name="spec"/>, for a POSIX shell; flags with default values are omitted.
    /// </summary>
    /// <param name="parent">Settings of a branch's parent run; without them, all settings that may differ are written.</param>
    public static string CommandLine(RunSpec spec, string program = Program, RunSpec? parent = null)
    {
        var line = new StringBuilder(program).Append(" train");
        foreach (string argument in (spec.Branch is null ? Write(spec) : WriteBranch(spec, parent)).SelectMany(Words))
        {
            line.Append(' ').Append(Quote(argument));
        }

        return line.ToString();
    }

    /// <summary>
    /// Returns the flags whose values differ from the dataset's defaults, with their values. Settings that do not apply are omitted.
    /// </summary>
    public static IReadOnlyList<(SettingFlag Flag, string Value)> Write(RunSpec spec)
    {
        RunSpec defaults = RunDefaults.For(spec.Dataset) with
        {
            Dataset = "", // always included
            Teacher = RunDefaults.TeacherFor(spec),
            Init = RunDefaults.InitFor(spec),
        };
        return
        [
            .. SettingsTable.All
                // a teacher not used in training still shows its answers next to the samples
                .Where(setting => setting.Applies(spec) || setting == SettingsTable.Teacher)
                .Select(setting => (setting, Value: setting.Write(spec)))
                .Where(written => written.Value is not null && written.Value != written.setting.Write(defaults))
                .Select(
                    written => (
                        Flag: written.setting.Flags.FirstOrDefault(flag => flag.Switch is null || flag.Switch == written.Value),
                        written.Value))
                .Where(written => written.Flag is not null)
                .Select(written => (written.Flag!, written.Value!)),
        ];
    }

    /// <summary>
    /// Returns the flags of a branch: of the settings that it changes, or if its parent's settings are unknown, of all that a branch can
    /// change. An empty value clears a setting.
    /// </summary>
    private static IEnumerable<(SettingFlag Flag, string Value)> WriteBranch(RunSpec spec, RunSpec? parent)
    {
        RunSpec? inherited = parent is null ? null : BranchRules.Inherit(parent, "", null);
        bool MayDiffer((Setting Setting, string? Value) written) => inherited is null
            ? written.Value is not null || (written.Setting.IsOptional && written.Setting != SettingsTable.Name)
            : written.Value != written.Setting.Write(inherited);

        return SettingsTable.All
            .Where(setting => !setting.IsFixedInBranch && (setting.Applies(spec) || setting == SettingsTable.Teacher))
            .Select(setting => (Setting: setting, Value: setting.Write(spec)))
            .Where(MayDiffer)
            .Select(written => (
                Flag: written.Setting.Flags.FirstOrDefault(flag => flag.Switch is null || flag.Switch == written.Value),
                Value: written.Value ?? ""))
            .Where(written => written.Flag is not null)
            .Select(written => (written.Flag!, written.Value));
    }

    /// <summary>Creates a spec from flags, with the dataset's defaults for absent flags.</summary>
    /// <param name="valueOf">Returns the text given to a flag, or the text a switch represents; null if the flag is absent.</param>
    /// <param name="addProblem">Receives a sentence for each value that cannot be parsed, and for each rule that the spec
    /// violates.</param>
    public static RunSpec Read(Func<SettingFlag, string?> valueOf, Action<string> addProblem)
    {
        List<(Setting Setting, SettingFlag Flag, string Value)> given = Given(valueOf);
        RefuseContradictions(given, addProblem);
        RunSpec spec = RunDefaults.For(given.FirstOrDefault(g => g.Setting == SettingsTable.Dataset).Value ?? "");
        var unread = new HashSet<Setting>();
        foreach ((Setting setting, SettingFlag flag, string value) in given)
        {
            if (setting.Read(spec, value) is { } changed)
            {
                spec = changed;
                continue;
            }

            unread.Add(setting);
            addProblem(Unreadable(setting, flag, value));
        }

        if (given.All(g => g.Setting != SettingsTable.Teacher))
        {
            spec = spec with { Teacher = RunDefaults.TeacherFor(spec) };
        }

        if (given.All(g => g.Setting != SettingsTable.Init))
        {
            spec = spec with { Init = RunDefaults.InitFor(spec) };
        }

        AddProblems(spec, addProblem, unread);
        return spec;
    }

    /// <summary>Returns the settings of a resumed run, changed by flags where <paramref name="mayChange"/> allows it.</summary>
    /// <param name="spec">Settings at the start of the run.</param>
    /// <param name="valueOf">As for <see cref="Read"/>.</param>
    /// <param name="mayChange">Returns true for a setting that may differ from its value at the start of the run.</param>
    /// <param name="addProblem">Receives a sentence for each flag that cannot be parsed or must not change.</param>
    public static RunSpec Change(RunSpec spec, Func<SettingFlag, string?> valueOf, Func<Setting, bool> mayChange, Action<string> addProblem)
    {
        foreach ((Setting setting, SettingFlag flag, string value) in Given(valueOf))
        {
            if (!mayChange(setting))
            {
                addProblem($"{flag.Name} cannot change in a run that is resumed; leave it out, or start a new run without --resume.");
            }
            else if (setting.Read(spec, value) is { } changed)
            {
                spec = changed;
            }
            else
            {
                addProblem(Unreadable(setting, flag, value));
            }
        }

        AddProblems(spec, addProblem, []);
        return spec;
    }

    /// <summary>
    /// Returns the settings of a branch: those that it inherits, changed by flags. An empty value clears an optional setting.
    /// </summary>
    /// <param name="inherited">From <see cref="BranchRules.Inherit"/>.</param>
    /// <param name="valueOf">As for <see cref="Read"/>.</param>
    /// <param name="addProblem">Receives a sentence for each flag that cannot be parsed or must not change, and for each rule that the
    /// branch violates.</param>
    public static RunSpec ReadBranch(RunSpec inherited, Func<SettingFlag, string?> valueOf, Action<string> addProblem)
    {
        RunSpec spec = inherited;
        var unread = new HashSet<Setting>();
        List<(Setting Setting, SettingFlag Flag, string Value)> given = Given(valueOf);
        RefuseContradictions(given, addProblem);
        foreach ((Setting setting, SettingFlag flag, string value) in given.Where(g => g.Setting != SettingsTable.Branch))
        {
            RunSpec? changed = value.Length == 0 && setting.Clear is { } clear ? clear(spec) : setting.Read(spec, value);
            if (changed is null)
            {
                unread.Add(setting);
                addProblem(Unreadable(setting, flag, value));
            }

            spec = changed ?? spec;
        }

        if (spec.Teacher is null && valueOf(SettingsTable.Teacher.Flags[0]) is null)
        {
            spec = spec with { Teacher = RunDefaults.TeacherFor(spec) };
        }

        foreach (SpecProblem problem in BranchRules.Check(inherited, spec))
        {
            addProblem(problem.Message);
        }

        AddProblems(spec, addProblem, unread);
        return spec;
    }

    private static List<(Setting Setting, SettingFlag Flag, string Value)> Given(Func<SettingFlag, string?> valueOf) =>
    [
        .. SettingsTable.All
            .SelectMany(setting => setting.Flags, (setting, flag) => (Setting: setting, Flag: flag, Value: valueOf(flag)!))
            .Where(given => given.Value is not null),
    ];

    /// <summary>Adds a problem for each setting of which more than one flag is given, such as a switch and its negation.</summary>
    private static void RefuseContradictions(
        List<(Setting Setting, SettingFlag Flag, string Value)> given, Action<string> addProblem)
    {
        foreach (IGrouping<Setting, SettingFlag> flags in given.GroupBy(g => g.Setting, g => g.Flag).Where(flags => flags.Count() > 1))
        {
            addProblem($"{string.Join(" and ", flags.Select(flag => flag.Name))} exclude each other; give one of them.");
        }
    }

    private static void AddProblems(RunSpec spec, Action<string> addProblem, HashSet<Setting> unread)
    {
        foreach (SpecProblem problem in RunSpecRules.Check(spec).Where(problem => !unread.Contains(problem.Setting)))
        {
            addProblem(problem.Message);
        }
    }

    private static string Unreadable(Setting setting, SettingFlag flag, string value) =>
        $"{flag.Name} {(value.Length == 0 ? "is empty" : $"cannot be {value}")}; give {setting.ExpectedInsteadOf(value)}.";

    private static IEnumerable<string> Words((SettingFlag Flag, string Value) argument) =>
        argument.Flag.Switch is not null ? [argument.Flag.Name]
        : argument.Value.StartsWith('-') ? [$"{argument.Flag.Name}={argument.Value}"] // as a separate argument it would be parsed as a flag
        : [argument.Flag.Name, argument.Value];

    /// <summary>Returns the argument as a POSIX shell reads it.</summary>
    public static string Quote(string argument) =>
        argument.Length > 0 && argument.All(c => char.IsAsciiLetterOrDigit(c) || "-_=+:,./@%".Contains(c, StringComparison.Ordinal))
            ? argument
            : $"'{argument.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
