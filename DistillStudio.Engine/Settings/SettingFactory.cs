using System.Globalization;
using DistillStudio.Engine.Formatting;

namespace DistillStudio.Engine.Settings;

/// <summary>Creates the entries of <see cref="SettingsTable"/>: one method per kind of value.</summary>
internal static class SettingFactory
{
    public const string On = "true";
    public const string Off = "false";

    /// <summary>Separates a number from its allowed range in a problem.</summary>
    public const string OutOfRange = " is out of range; ";

    /// <summary>Begins the allowed range in a problem.</summary>
    public const string Give = "give ";

    /// <summary>Creates a text setting; optional if <paramref name="unset"/> describes the meaning of its absence.</summary>
    public static Setting Text(
        string property, string title, string help, string valueName, Func<RunSpec, string?> get, Func<RunSpec, string, RunSpec> set,
        string? unset = null) =>
        new()
        {
            Property = property,
            JsonName = Setting.JsonNameOf(property),
            Title = title,
            Help = help,
            Kind = SettingKind.Text,
            Group = SettingGroup.Sources,
            Expected = "a text",
            ValueName = valueName,
            Write = get,
            Read = (spec, text) => set(spec, text),
            Display = spec => get(spec) ?? unset ?? Format.Nothing,
            SortKey = get,
            Unset = unset,
            Clear = unset is null ? null : spec => set(spec, null!),
            Flags = [Flag(property, help)],
        };

    /// <summary>Creates an integer setting with inclusive bounds.</summary>
    public static Setting Whole(
        string property, string title, string help, Func<RunSpec, int> get, Func<RunSpec, int, RunSpec> set, int from,
        int to = int.MaxValue) =>
        Whole(property, title, help, spec => get(spec), (spec, value) => set(spec, value!.Value), from, to, null);

    /// <summary>Creates an optional integer setting.</summary>
    public static Setting Optional(
        string property, string title, string help, Func<RunSpec, int?> get, Func<RunSpec, int?, RunSpec> set, string unset, int from,
        int to = int.MaxValue) =>
        Whole(property, title, help, get, set, from, to, unset);

    /// <summary>Creates a numeric setting whose values satisfy <paramref name="isAllowed"/>.</summary>
    /// <param name="range">The allowed values, completing "… is out of range; it is …".</param>
    /// <param name="expected">The allowed values, completing "give …".</param>
    public static Setting Number(
        string property, string title, string help, Func<RunSpec, double> get, Func<RunSpec, double, RunSpec> set,
        Func<double, bool> isAllowed, string range, string expected) =>
        new()
        {
            Property = property,
            JsonName = Setting.JsonNameOf(property),
            Title = title,
            Help = help,
            Kind = SettingKind.Number,
            Group = SettingGroup.Training,
            Expected = expected,
            ValueName = "X",
            Write = spec => Spell(get(spec)),
            Read = (spec, text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
                ? set(spec, value)
                : null,
            Display = spec => Format.Setting(get(spec)),
            SortKey = spec => get(spec),
            Problem = spec => isAllowed(get(spec)) ? null : $"{Spell(get(spec))}{OutOfRange}{range}.",
            Flags = [Flag(property, help)],
        };

    /// <summary>Creates a setting with a fixed set of names, case-insensitive.</summary>
    public static Setting Choice(
        string property, string title, string help, string valueName, IReadOnlyList<SettingChoice> choices, Func<RunSpec, string> get,
        Func<RunSpec, string, RunSpec> set) =>
        new()
        {
            Property = property,
            JsonName = Setting.JsonNameOf(property),
            Title = title,
            Help = help,
            Kind = SettingKind.Choice,
            Group = SettingGroup.Training,
            Expected = OneOf(choices),
            ValueName = valueName,
            Write = get,
            Read = (spec, text) => choices.FirstOrDefault(c => c.Value.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } choice
                ? set(spec, choice.Value)
                : null,
            Display = spec => choices.FirstOrDefault(c => c.Value == get(spec))?.Title ?? get(spec),
            SortKey = get,
            Problem = spec => choices.Any(c => c.Value == get(spec)) ? null : $"{get(spec)} is unknown; use {OneOf(choices)}.",
            Choices = choices,
            Flags = [Flag(property, help)],
        };

    /// <summary>
    /// Creates an enum setting, spelled in lower case unless <paramref name="spell"/> overrides it, and shown as it is spelled unless
    /// <paramref name="titleOf"/> adds what a spelling does not tell.
    /// </summary>
    public static Setting Choice<T>(
        string property, string title, string help, string valueName, Func<RunSpec, T> get, Func<RunSpec, T, RunSpec> set,
        Func<T, string>? titleOf = null, Func<T, string>? spell = null)
        where T : struct, Enum
    {
        spell ??= member => member.ToString().ToLowerInvariant();
        titleOf ??= spell;
        return Choice(
            property,
            title,
            help,
            valueName,
            [.. Enum.GetValues<T>().Select(member => new SettingChoice(spell(member), titleOf(member)))],
            spec => spell(get(spec)),
            (spec, name) => set(spec, Enum.Parse<T>(name, ignoreCase: true)));
    }

    /// <summary>Creates a setting that is off by default, with a flag for on and another, its negation, for off.</summary>
    /// <param name="on">Display text of the setting switched on.</param>
    /// <param name="off">Display text of the setting switched off.</param>
    public static Setting Switch(
        string property, string title, string help, string on, string off, Func<RunSpec, bool> get, Func<RunSpec, bool, RunSpec> set) =>
        new()
        {
            Property = property,
            JsonName = Setting.JsonNameOf(property),
            Title = title,
            Help = help,
            Kind = SettingKind.Switch,
            Group = SettingGroup.Evaluation,
            Expected = "nothing",
            ValueName = "",
            Write = spec => get(spec) ? On : Off,
            Read = (spec, text) => ReadSwitch(text) is { } value ? set(spec, value) : null,
            Display = spec => get(spec) ? on : off,
            SortKey = spec => get(spec),
            Flags = [Flag(property, help, On), new($"--no_{Setting.JsonNameOf(property)}", $"{title}: {off} [the default]", Off)],
        };

    public static bool? ReadSwitch(string text) => text switch
    {
        On => true,
        Off => false,
        _ => null,
    };

    /// <summary>
    /// Creates a flag with underscores, like the original's; flags that the original lacks use dashes, see <see cref="Dashed"/>.
    /// </summary>
    public static SettingFlag Flag(string property, string help, string? value = null) =>
        new($"--{Setting.JsonNameOf(property)}", help, value);

    /// <summary>Spells the flag of a setting that the original lacks with dashes.</summary>
    public static Setting Dashed(this Setting setting) =>
        setting with { Flags = [.. setting.Flags.Select(flag => flag with { Name = $"--{flag.Name[2..].Replace('_', '-')}" })] };

    private static Setting Whole(
        string property, string title, string help, Func<RunSpec, int?> get, Func<RunSpec, int?, RunSpec> set, int from, int to,
        string? unset) =>
        new()
        {
            Property = property,
            JsonName = Setting.JsonNameOf(property),
            Title = title,
            Help = help,
            Kind = SettingKind.WholeNumber,
            Group = SettingGroup.Training,
            Expected = Range(from, to),
            Largest = to == int.MaxValue ? to : null,
            ValueName = "N",
            Write = spec => get(spec)?.ToString(CultureInfo.InvariantCulture),
            Read = (spec, text) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value)
                ? set(spec, value)
                : null,
            Display = spec => get(spec) is { } value ? Format.Count(value) : unset ?? Format.Nothing,
            SortKey = spec => get(spec),
            Problem = spec => get(spec) is { } value && (value < from
                || value > to) ? $"{value}{OutOfRange}{Give}{Range(from, to)}." : null,
            Unset = unset,
            Clear = unset is null ? null : spec => set(spec, null),
            Flags = [Flag(property, help)],
        };

    private static string Range(int from, int to) =>
        to == int.MaxValue ? $"a whole number, {from} or more" : $"a whole number from {from} to {to}";

    private static string Spell(double value) => value.ToString("R", CultureInfo.InvariantCulture).ToLowerInvariant();

    private static string OneOf(IReadOnlyList<SettingChoice> choices) =>
        choices.Count == 1 ? choices[0].Value : $"{string.Join(", ", choices.SkipLast(1).Select(c => c.Value))} or {choices[^1].Value}";
}
