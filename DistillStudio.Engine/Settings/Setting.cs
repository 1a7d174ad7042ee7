using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace DistillStudio.Engine.Settings;

/// <summary>Kind of value of a setting; determines the control that edits it.</summary>
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

/// <summary>Topic of a setting; orders the help and the form.</summary>
public enum SettingGroup
{
    /// <summary>Data, model, method and teacher.</summary>
    Sources,

    /// <summary>Length, batch, optimiser and learning rate.</summary>
    Training,

    /// <summary>What is evaluated, generated and exported.</summary>
    Evaluation,

    /// <summary>Device, precision, threads and folders.</summary>
    Machine,

    /// <summary>The run's name: does not affect the run.</summary>
    Description,
}

/// <summary>A value of a setting of kind <see cref="SettingKind.Choice"/>.</summary>
/// <param name="Value">The value as spelled in flags, URLs and <c>spec.json</c>.</param>
/// <param name="Title">Display text of the value.</param>
public sealed record SettingChoice(string Value, string Title);

/// <summary>A command-line flag that sets a value.</summary>
/// <param name="Switch">The text that the flag represents; null for a flag followed by a value.</param>
public sealed record SettingFlag(string Name, string Help, string? Switch = null);

/// <summary>
/// Definition of one property of <see cref="RunSpec"/>. Command line, form, rules, tables, comparison and exports read it, so that a new
/// setting needs only one entry in <see cref="SettingsTable"/>, its use in training, and a test.
/// </summary>
public sealed record Setting
{
    /// <summary>Name of the property of <see cref="RunSpec"/>.</summary>
    public required string Property { get; init; }

    /// <summary>Name in <c>spec.json</c> and in CSV files: the flag of the original <c>run.py</c> without its dashes.</summary>
    public required string JsonName { get; init; }

    public required string Title { get; init; }

    /// <summary>One phrase without a full stop, shown in the help and under the field.</summary>
    public required string Help { get; init; }

    public required SettingKind Kind { get; init; }

    public required SettingGroup Group { get; init; }

    /// <summary>Description of a valid text, completing "give …".</summary>
    public required string Expected { get; init; }

    /// <summary>Largest whole number that <see cref="Read"/> accepts, if <see cref="Expected"/> does not name it.</summary>
    public int? Largest { get; init; }

    /// <summary>Placeholder of the value in the help, such as <c>N</c>.</summary>
    public required string ValueName { get; init; }

    /// <summary>Formats the value as text that <see cref="Read"/> accepts; null if an optional setting is not set.</summary>
    public required Func<RunSpec, string?> Write { get; init; }

    /// <summary>Returns the spec with the value set; null if the text cannot be parsed.</summary>
    public required Func<RunSpec, string, RunSpec?> Read { get; init; }

    /// <summary>
    /// Returns the display text of the value: as the command line spells it, in words in lower case, and a figure with its unit. Only
    /// methods have names of their own.
    /// </summary>
    public required Func<RunSpec, string> Display { get; init; }

    /// <summary>Returns the key for comparing and sorting: a number, or text.</summary>
    public required Func<RunSpec, IComparable?> SortKey { get; init; }

    /// <summary>Returns the validation error of the value, completing the flag to a sentence; null if it is valid.</summary>
    public Func<RunSpec, string?> Problem { get; init; } = _ => null;

    /// <summary>Returns why the setting has no effect given the other settings, as a sentence; null if it applies.</summary>
    public Func<RunSpec, string?> WhyNot { get; init; } = _ => null;

    /// <summary>Returns the spec with the value unset; null for a required setting.</summary>
    public Func<RunSpec, RunSpec>? Clear { get; init; }

    /// <summary>Meaning of an unset value, shown in the help and as the field's placeholder; null for a required setting.</summary>
    public string? Unset { get; init; }

    /// <summary>The paper's value, if it is not the default.</summary>
    public string? Paper { get; init; }

    public IReadOnlyList<SettingChoice> Choices { get; init; } = [];

    public required IReadOnlyList<SettingFlag> Flags { get; init; }

    /// <summary>True if the form shows the setting under <i>Advanced</i>.</summary>
    public bool IsAdvanced { get; init; }

    /// <summary>True if the result does not depend on the setting: a resumed run may have a different value than its checkpoint.</summary>
    public bool MayDifferOnResume { get; init; }

    /// <summary>
    /// True if a branch keeps its parent's value: the weights, the optimiser's state or the counts of examples and epochs would not fit
    /// another one.
    /// </summary>
    public bool IsFixedInBranch { get; init; }

    /// <summary>The flag that names the setting in messages.</summary>
    public string Flag => Flags[0].Name;

    public bool IsOptional => Clear is not null;

    public bool IsNumber => Kind is SettingKind.WholeNumber or SettingKind.Number;

    /// <summary>Returns what to give instead of a text that cannot be parsed, completing "give …".</summary>
    public string ExpectedInsteadOf(string text) =>
        Largest is { } largest
            && BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out BigInteger value)
            && value > largest
            ? $"{Expected} and at most {largest}"
            : Expected;

    public bool Applies(RunSpec spec) => !spec.IsCurvesOnly && WhyNot(spec) is null;

    /// <summary>Returns the name of a property in <c>spec.json</c>.</summary>
    public static string JsonNameOf(string property) => JsonNamingPolicy.SnakeCaseLower.ConvertName(EdgeNames.Of(property));
}
