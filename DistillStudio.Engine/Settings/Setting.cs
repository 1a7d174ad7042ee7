using System.Text.Json;
using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Training;

namespace DistillStudio.Engine.Settings;

/// <summary>What kind of value a setting holds; decides which control edits it.</summary>
public enum SettingKind
{
    Text,
    WholeNumber,
    Number,

    /// <summary>One of <see cref="Setting.Choices"/>.</summary>
    Choice,

    /// <summary>On or off.</summary>
    Switch,
}

/// <summary>What a setting is about; orders the help and the form.</summary>
public enum SettingGroup
{
    /// <summary>Data, model, method and teacher.</summary>
    Sources,

    /// <summary>Length, batch, optimiser and learning rate.</summary>
    Training,

    /// <summary>What is evaluated, generated and exported.</summary>
    Evaluation,

    /// <summary>Device, precision, threads and places.</summary>
    Machine,

    /// <summary>The run's name: it changes nothing that the run does.</summary>
    Description,
}

/// <summary>A value that a setting of kind <see cref="SettingKind.Choice"/> can have.</summary>
/// <param name="Value">As flags, addresses and <c>spec.json</c> spell it.</param>
/// <param name="Title">As pages show it.</param>
public sealed record SettingChoice(string Value, string Title);

/// <summary>A command-line flag that gives a setting its value.</summary>
/// <param name="Switch">The text that the flag stands for; null for a flag that is followed by a value.</param>
public sealed record SettingFlag(string Name, string Help, string? Switch = null);

/// <summary>
/// Everything there is to know about one property of <see cref="RunSpec"/>. Command line, form, rules, tables, comparison and exports read it,
/// so that a new setting is one entry in <see cref="SettingsTable"/>, its use in training, and a test.
/// </summary>
public sealed record Setting
{
    /// <summary>Name of the property of <see cref="RunSpec"/>.</summary>
    public required string Property { get; init; }

    /// <summary>Name in <c>spec.json</c> and in CSV files: the flag of the original <c>run.py</c> without its dashes.</summary>
    public required string JsonName { get; init; }

    public required string Title { get; init; }

    /// <summary>One phrase without a full stop, for the help and under the field.</summary>
    public required string Help { get; init; }

    public required SettingKind Kind { get; init; }

    public required SettingGroup Group { get; init; }

    /// <summary>What a readable text looks like, completing "give …".</summary>
    public required string Expected { get; init; }

    /// <summary>What the help calls the value, such as <c>N</c>.</summary>
    public required string ValueName { get; init; }

    /// <summary>The value as text that <see cref="Read"/> accepts; null where an optional setting is not set.</summary>
    public required Func<RunSpec, string?> Write { get; init; }

    /// <summary>The spec with the value set; null where the text cannot be read.</summary>
    public required Func<RunSpec, string, RunSpec?> Read { get; init; }

    /// <summary>The value as pages show it.</summary>
    public required Func<RunSpec, string> Display { get; init; }

    /// <summary>What to compare and sort by: a number, or text.</summary>
    public required Func<RunSpec, IComparable?> SortKey { get; init; }

    /// <summary>What is wrong with the value, completing the flag to a sentence; null where nothing is.</summary>
    public Func<RunSpec, string?> Problem { get; init; } = _ => null;

    /// <summary>Why the other settings leave this one without meaning, as a sentence; null where it applies.</summary>
    public Func<RunSpec, string?> WhyNot { get; init; } = _ => null;

    /// <summary>The spec with the value taken back; null for a setting that must have one.</summary>
    public Func<RunSpec, RunSpec>? Clear { get; init; }

    /// <summary>What an unset value means, in the help and as the field's placeholder; null for a setting that must have a value.</summary>
    public string? Unset { get; init; }

    /// <summary>The value in the paper, where that is not the default.</summary>
    public string? Paper { get; init; }

    public IReadOnlyList<SettingChoice> Choices { get; init; } = [];

    public required IReadOnlyList<SettingFlag> Flags { get; init; }

    /// <summary>The form keeps it under <i>Advanced</i>.</summary>
    public bool IsAdvanced { get; init; }

    /// <summary>The result does not depend on it: a resumed run may have another value than its checkpoint.</summary>
    public bool MayDifferOnResume { get; init; }

    /// <summary>The flag that names the setting in messages.</summary>
    public string Flag => Flags[0].Name;

    public bool IsOptional => Clear is not null;

    public bool IsNumber => Kind is SettingKind.WholeNumber or SettingKind.Number;

    public bool Applies(RunSpec spec) => WhyNot(spec) is null;

    /// <summary>Spells a property as <c>spec.json</c> does.</summary>
    public static string JsonNameOf(string property) => JsonNamingPolicy.SnakeCaseLower.ConvertName(EdgeNames.Of(property));
}
