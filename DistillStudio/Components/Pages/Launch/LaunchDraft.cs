using System.Collections.Immutable;
using DistillStudio.Components.Controls;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Components.Pages.Launch;

/// <summary>A run's settings while they are typed: the last readable value of each, and the texts that cannot be read.</summary>
public sealed record LaunchDraft(RunSpec Spec)
{
    /// <summary>The value of a switch in the address.</summary>
    private const string SwitchedOn = "true";

    /// <summary>By property of <see cref="RunSpec"/>.</summary>
    public ImmutableDictionary<string, string> Unread { get; init; } = ImmutableDictionary<string, string>.Empty;

    public bool CanLaunch => Unread.Count == 0 && RunSpecRules.Check(Spec).Count == 0;

    /// <summary>As typed, or as the spec has it.</summary>
    public string TextOf(string property) => Unread.GetValueOrDefault(property) ?? SettingsTable.Of(property).Write(Spec) ?? "";

    /// <summary>An empty text takes an optional setting back.</summary>
    public LaunchDraft With(string property, string text)
    {
        Setting setting = SettingsTable.Of(property);
        string trimmed = text.Trim();
        if (trimmed.Length == 0 && setting.Clear?.Invoke(Spec) is { } emptied)
        {
            return this with { Spec = emptied, Unread = Unread.Remove(property) };
        }

        return setting.Read(Spec, trimmed) is { } changed && (trimmed.Length > 0 || property is nameof(RunSpec.Dataset) or nameof(RunSpec.FromPretrained))
            ? this with { Spec = changed, Unread = Unread.Remove(property) }
            : this with { Unread = Unread.SetItem(property, text) };
    }

    /// <summary>What is wrong with a field, as a sentence; null where nothing is.</summary>
    public string? ProblemOf(string property)
    {
        Setting setting = SettingsTable.Of(property);
        if (Unread.TryGetValue(property, out string? text))
        {
            return $"{(text.Trim().Length == 0 ? "This is empty" : $"This cannot be {text.Trim()}")}: give {setting.Expected}.";
        }

        return RunSpecRules.Check(Spec).FirstOrDefault(p => p.Property == property) is { } problem ? Sentence(problem) : null;
    }

    /// <summary>Every problem there is, each with the flag that names its field.</summary>
    public IReadOnlyList<string> Problems =>
        [.. Unread.Keys.Select(p => $"{SettingsTable.Of(p).Title}: {ProblemOf(p)}"), .. RunSpecRules.Check(Spec).Where(p => !Unread.ContainsKey(p.Property)).Select(p => $"{p.Setting.Title}: {Sentence(p)}")];

    /// <summary>The settings in an address: the flags that are not at their defaults.</summary>
    public PageQuery Write()
    {
        var query = new PageQuery();
        foreach ((SettingFlag flag, string value) in SpecArguments.Write(Spec))
        {
            query.Set(KeyOf(flag), flag.Switch is null ? value : SwitchedOn);
        }

        return query;
    }

    /// <summary>Null where the address says nothing of a run.</summary>
    public static LaunchDraft? Read(PageQuery query)
    {
        string? Value(SettingFlag flag) => query.Text(KeyOf(flag)) is { } text && (flag.Switch is null || text == SwitchedOn) ? flag.Switch ?? text : null;

        return SettingsTable.All.SelectMany(setting => setting.Flags).Any(flag => Value(flag) is not null) ? new(SpecArguments.Read(Value, _ => { })) : null;
    }

    /// <summary>A setting's name in the address.</summary>
    private static string KeyOf(SettingFlag flag) => flag.Name[2..];

    /// <summary>The field itself shows which setting is meant.</summary>
    private static string Sentence(SpecProblem problem) => char.ToUpperInvariant(problem.Text[0]) + problem.Text[1..];
}
