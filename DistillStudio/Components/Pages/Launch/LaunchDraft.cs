using System.Collections.Immutable;
using DistillStudio.Components.Interactivity;
using DistillStudio.Engine.Data.Demo;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Components.Pages.Launch;

/// <summary>
/// A run's settings during editing: the last parsed value of each, the texts that cannot be parsed, and the set of settings that the
/// user has set.
/// </summary>
/// <param name="Spec">The settings that a launch would use.</param>
public sealed record LaunchDraft(RunSpec Spec)
{
    /// <summary>The value of a switch in the URL.</summary>
    private const string SwitchedOn = "true";

    /// <summary>
    /// Properties that the user has set, in the form or through a URL, a file or an earlier run. They keep their values; the others
    /// follow the choices.
    /// </summary>
    public ImmutableHashSet<string> Touched { get; init; } = [];

    /// <summary>The touched settings as requested by the user: a value that is temporarily incompatible is restored afterwards.</summary>
    public RunSpec Requested { get; init; } = Spec;

    /// <summary>Properties that the last change set.</summary>
    public IReadOnlyList<string> LastSet { get; init; } = [];

    /// <summary>Texts that cannot be parsed, by property of <see cref="RunSpec"/>.</summary>
    public ImmutableDictionary<string, string> Unread { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Settings of the run that a branch starts from; null for a run that starts from its model.</summary>
    public RunSpec? Parent { get; init; }

    /// <summary>Steps of the checkpoints from which a branch can start now.</summary>
    public IReadOnlyList<int> Checkpoints { get; init; } = [];

    public bool CanLaunch => Unread.Count == 0 && Found.Count == 0;

    private IReadOnlyList<SpecProblem> Found =>
        Parent is null
            ? RunSpecRules.Check(Spec)
            : [.. RunSpecRules.Check(Spec), .. BranchRules.Check(Parent, Spec), .. LaunchRules.CheckCheckpoint(Spec, Checkpoints)];

    /// <summary>Returns the unparsed text of a property, or its value in the spec.</summary>
    public string TextOf(string property) => Unread.GetValueOrDefault(property) ?? SettingsTable.Of(property).Write(Spec) ?? "";

    /// <summary>Sets a property from text; an empty text clears an optional setting.</summary>
    public LaunchDraft With(string property, string text)
    {
        Setting setting = SettingsTable.Of(property);
        string trimmed = text.Trim();
        if (trimmed.Length == 0 && setting.Clear?.Invoke(Spec) is { } emptied)
        {
            return Set([property], emptied) with { Unread = Unread.Remove(property) };
        }

        return setting.Read(Spec, trimmed) is { } changed
            && (trimmed.Length > 0 || property is nameof(RunSpec.Dataset) or nameof(RunSpec.FromPretrained))
            ? Set([property], changed) with { Unread = Unread.Remove(property) }
            : Set([property], Spec) with { Unread = Unread.SetItem(property, text) };
    }

    /// <summary>Applies the user's choice: every setting that differs in <paramref name="chosen"/> counts as touched.</summary>
    public LaunchDraft With(RunSpec chosen) => Set([.. SpecProperties.Differing(Spec, chosen)], chosen);

    /// <summary>Returns the problem of a field as a sentence; null if there is none.</summary>
    public string? ProblemOf(string property)
    {
        Setting setting = SettingsTable.Of(property);
        if (Unread.TryGetValue(property, out string? text))
        {
            return $"{setting.Title} must be {setting.ExpectedInsteadOf(text.Trim())}.";
        }

        return Found.FirstOrDefault(p => p.Property == property) is { } problem ? problem.OfField : null;
    }

    /// <summary>All problems; each names its field.</summary>
    public IReadOnlyList<string> Problems =>
        [
            .. Unread.Keys.Select(p => ProblemOf(p)!),
            .. Found.Where(p => !Unread.ContainsKey(p.Property)).Select(p => p.OfField),
        ];

    /// <summary>True if one of the advanced settings has a problem.</summary>
    public bool HasAdvancedProblem =>
        Unread.Keys.Concat(RunSpecRules.Check(Spec).Select(p => p.Property)).Any(p => SettingsTable.Of(p).IsAdvanced);

    /// <summary>
    /// Writes the draft to a URL query: the dataset, and the flags of the settings that the user has set, a number as it was typed.
    /// </summary>
    public PageQuery Write()
    {
        var query = new PageQuery();
        foreach (Setting setting in SettingsTable.All.Where(
            s => s == SettingsTable.Dataset || Touched.Contains(s.Property) || Unread.ContainsKey(s.Property)))
        {
            if (setting.IsNumber && Unread.TryGetValue(setting.Property, out string? typed))
            {
                query.Set(KeyOf(setting.Flags[0]), typed);
            }
            else if (setting.Write(Requested) is { } value
                && setting.Flags.FirstOrDefault(f => f.Switch is null || f.Switch == value) is { } flag)
            {
                query.Set(KeyOf(flag), flag.Switch is null ? value : SwitchedOn);
            }
        }

        return query;
    }

    /// <summary>
    /// Reads a draft from a URL query; the settings it contains count as touched, the others still lack their defaults. A text that cannot
    /// be parsed stands in its field; an unknown choice, which has no field to stand in, is a problem of the query. Returns null if the
    /// query contains no settings.
    /// </summary>
    public static LaunchDraft? Read(PageQuery query)
    {
        string? Value(SettingFlag flag) =>
            query.Text(KeyOf(flag)) is not { } text ? null
            : flag.Switch is null ? text
            : text == SwitchedOn ? flag.Switch
            : query.Refuse<string?>(KeyOf(flag), $"{SwitchedOn}, or leave it out", null);

        bool IsReadable(Setting setting, RunSpec spec) =>
            setting.Flags.Any(flag => Value(flag) is { } value && setting.Read(spec, value) is not null);

        SettingFlag[] given = [.. SettingsTable.All.SelectMany(setting => setting.Flags).Where(flag => Value(flag) is not null)];
        if (given.Length == 0)
        {
            return null;
        }

        // A link that names neither data nor model is about the demo, which the form shows by default.
        bool isOfDemo = Value(SettingsTable.Dataset.Flags[0]) is null && Value(SettingsTable.FromPretrained.Flags[0]) is null;
        RunSpec read = SpecArguments.Read(
            flag => isOfDemo && flag == SettingsTable.Dataset.Flags[0] ? DemoDataset.Name : Value(flag), _ => { });
        var unread = new Dictionary<string, string>();
        foreach (Setting setting in SettingsTable.All)
        {
            if (setting.Flags.FirstOrDefault(flag => Value(flag) is { } value && setting.Read(read, value) is null) is { } flag)
            {
                if (setting.IsNumber && setting.Applies(read))
                {
                    unread[setting.Property] = SettingLimits.Cut(Value(flag)!, SettingLimits.LongestName);
                }
                else
                {
                    query.Refuse(KeyOf(flag), setting.ExpectedInsteadOf(Value(flag)!), read);
                }
            }
        }

        return new(read)
        {
            Touched = [.. SettingsTable.All.Where(setting => IsReadable(setting, read)).Select(setting => setting.Property)],
            Unread = unread.ToImmutableDictionary(),
        };
    }

    /// <summary>Creates the draft of a branch, with the settings in a URL query in place of its parent's.</summary>
    /// <param name="query">May name the step of the checkpoint, and settings to change.</param>
    /// <param name="run">Id of the run to branch from.</param>
    /// <param name="parent">Settings of that run.</param>
    public static LaunchDraft ReadBranch(PageQuery query, string run, RunSpec parent)
    {
        var inherited = BranchRules.Inherit(parent, run, null);
        var draft = new LaunchDraft(inherited) { Parent = parent, Touched = [nameof(RunSpec.Branch), nameof(RunSpec.BranchStep)] };
        foreach ((Setting setting, SettingFlag flag) in SettingsTable.All.Where(setting => setting != SettingsTable.Branch)
            .SelectMany(setting => setting.Flags, (setting, flag) => (setting, flag)))
        {
            string? text = query.Text(KeyOf(flag));
            if (text is not null && (flag.Switch is null || text == SwitchedOn))
            {
                draft = draft.With(setting.Property, flag.Switch ?? text);
            }
        }

        return draft;
    }

    private LaunchDraft Set(IReadOnlyList<string> properties, RunSpec source) => this with
    {
        Spec = source,
        Requested = SpecProperties.With(Requested, properties, source),
        Touched = Touched.Union(properties),
        LastSet = properties,
    };

    /// <summary>Returns the name of a setting in the URL.</summary>
    private static string KeyOf(SettingFlag flag) => flag.Name[2..];
}
