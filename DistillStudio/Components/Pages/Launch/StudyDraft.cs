using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using DistillStudio.Components.Interactivity;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Studies;
using DistillStudio.Jobs;

namespace DistillStudio.Components.Pages.Launch;

/// <summary>A study during editing: the settings that all runs share, and the values of those that vary.</summary>
/// <param name="Base">The shared settings; those of <see cref="Varying"/> follow their values.</param>
public sealed partial record StudyDraft(LaunchDraft Base)
{
    /// <summary>Value of <see cref="Baseline"/> for a study that compares nothing.</summary>
    public const string NoBaseline = "none";

    /// <summary>Less than all of the accuracy.</summary>
    private const double LargestMargin = 0.999;

    /// <summary>Keys of the address besides those of settings.</summary>
    private static readonly string[] OwnKeys = ["study", "notes", "seeds", "max-seeds", "sequential", "margin"];

    private const string UsualSeeds = "5";
    private const string UsualMaxSeeds = "20";
    private const string DrawKey = "draw";

    /// <summary>The settings that the form can vary, in the order of the grid.</summary>
    public static IReadOnlyList<Setting> Varying { get; } =
    [
        SettingsTable.Method, SettingsTable.LabelSource, SettingsTable.Teacher,
        SettingsTable.Alpha, SettingsTable.Subsample, SettingsTable.FromPretrained,
    ];

    /// <summary>Values of settings, as texts that need not be readable; a setting that is absent has the shared value.</summary>
    public ImmutableDictionary<Setting, IReadOnlyList<string>> Values { get; init; } =
        ImmutableDictionary<Setting, IReadOnlyList<string>>.Empty;

    /// <summary>Name of the study; empty for one made of its preset and dataset.</summary>
    public string Name { get; init; } = "";

    public string Notes { get; init; } = "";

    public string Seeds { get; init; } = UsualSeeds;

    /// <summary>Difference in accuracy within which two count as equally good; null for no such claim.</summary>
    public double? Margin { get; init; }

    public bool IsSequential { get; init; }

    public string MaxSeeds { get; init; } = UsualMaxSeeds;

    /// <summary>
    /// A setting and its value, as <c>model_type:standard</c>; empty for the usual one, <see cref="NoBaseline"/> for none.
    /// </summary>
    public string Baseline { get; init; } = "";

    /// <summary>The preset with this grid; null for a grid of the user's own.</summary>
    public StudyPreset? Preset => StudyPreset.All.FirstOrDefault(preset =>
        preset.Axes.Count == Values.Count(pair => pair.Value.Count > 1)
        && Values.All(pair => pair.Value.Count == 1
            || preset.Axes.Any(axis => axis.Setting == pair.Key && axis.Values.SequenceEqual(pair.Value))));

    /// <summary>The baselines to choose from, with their display texts.</summary>
    public IReadOnlyList<(string Value, string Title)> Baselines =>
    [
        .. from pair in Values.OrderBy(pair => Varying.Index().First(setting => setting.Item == pair.Key).Index)
           where pair.Value.Count > 1
           from value in pair.Value
           let spec = pair.Key.Read(Base.Spec, value)
           where spec is not null
           select (KeyOf(pair.Key, value), $"{pair.Key.Title}: {pair.Key.Display(spec)}"),
    ];

    /// <summary>The baseline that counts where none is chosen: standard training, or the first value; empty if nothing varies.</summary>
    public string UsualBaseline => Baselines.Select(baseline => baseline.Value) is var values
        && KeyOf(SettingsTable.Method, MethodNames.Standard) is var standard
        && values.Contains(standard) ? standard : values.FirstOrDefault("");

    public string ShownName => Name.Length > 0 ? Name : $"{Preset?.Title ?? "Study"} on {Base.Spec.Dataset}";

    /// <summary>Returns a draft of a preset's grid.</summary>
    public static StudyDraft Of(StudyPreset preset, LaunchDraft shared, LaunchChoices choices) =>
        new StudyDraft(shared).WithGrid(preset, choices) with { Seeds = preset.Seeds.ToString(CultureInfo.InvariantCulture) };

    /// <summary>Returns a draft that makes a study like another.</summary>
    public static StudyDraft Of(Study study, LaunchChoices choices) => (new StudyDraft(SharedBy(study, choices))
    {
        Values = study.Axes.Where(axis => Varying.Contains(axis.Setting)).ToImmutableDictionary(axis => axis.Setting, axis => axis.Values),
        Name = study.Name,
        Notes = study.Notes,
        Seeds = study.Seeds.Count.ToString(CultureInfo.InvariantCulture),
        MaxSeeds = study.MaxSeeds.ToString(CultureInfo.InvariantCulture),
        IsSequential = study.IsSequential,
        Margin = study.Comparison?.Margin,
        Baseline = study.Comparison is { Baseline: [var value, ..] } ? KeyOf(value.Setting, value.Text) : NoBaseline,
    }).Follow(choices);

    /// <summary>Returns the draft in a URL query; null if the query holds none.</summary>
    public static StudyDraft? Read(PageQuery query, LaunchChoices choices)
    {
        var values = Varying
            .Select(setting => (setting, Values: query.List(KeyOf(setting)).Select(Uri.UnescapeDataString).ToArray()))
            .Where(pair => pair.Values.Length > 0)
            .ToImmutableDictionary(pair => pair.setting, pair => (IReadOnlyList<string>)pair.Values);
        bool isOriginalDraw = query.Text(DrawKey) is { } draw && !draw.Equals(nameof(DataDraw.Nested), StringComparison.OrdinalIgnoreCase);
        double? margin = query.Number("margin", double.Epsilon, LargestMargin);
        var read = new StudyDraft(new LaunchDraft(RunDefaults.Demo))
        {
            Values = values,
            Name = query.Text("study") ?? "",
            Notes = query.Text("notes") ?? "",
            Seeds = query.Text("seeds") ?? UsualSeeds,
            MaxSeeds = query.Text("max-seeds") ?? UsualMaxSeeds,
            IsSequential = query.Flag("sequential"),
            Margin = margin,
            Baseline = query.Text("baseline") ?? "",
        };
        foreach (Setting setting in Varying)
        {
            query.Set(KeyOf(setting), (string?)null);
        }

        if (LaunchDraft.Read(query.Set(DrawKey, (string?)null)) is not { } shared)
        {
            return values.Count > 0 ? (read with { Base = Nested(new LaunchDraft(RunDefaults.Demo)) }).Follow(choices)
                : OwnKeys.Any(key => query.Text(key) is not null) ? read.WithGrid(StudyPreset.All[0], choices)
                : null;
        }

        return (read with { Base = isOriginalDraw ? shared : Nested(shared) }).Follow(choices);
    }

    /// <summary>Writes the draft to a URL query.</summary>
    public PageQuery Write()
    {
        PageQuery query = Base.Write();
        foreach (Setting setting in Varying)
        {
            IReadOnlyList<string> values = Values.ContainsKey(setting) || Base.Touched.Contains(setting.Property) ? ValuesOf(setting) : [];
            query.Set(KeyOf(setting), values.Select(value => value.AsSpan().ContainsAny(',', '%') ? Uri.EscapeDataString(value) : value));
        }

        return query
            .Set(DrawKey, Base.Spec.Draw == DataDraw.Nested ? null : Base.Spec.Draw.ToString().ToLowerInvariant())
            .Set("study", Name)
            .Set("notes", Notes)
            .Set("seeds", Seeds == UsualSeeds ? null : Seeds)
            .Set("max-seeds", MaxSeeds == UsualMaxSeeds ? null : MaxSeeds)
            .Set("sequential", IsSequential)
            .Set("margin", Margin)
            .Set("baseline", Baseline);
    }

    /// <summary>Returns the values of a setting: at least the shared one.</summary>
    public IReadOnlyList<string> ValuesOf(Setting setting) =>
        Values.TryGetValue(setting, out IReadOnlyList<string>? values) ? values
        : setting.Write(Base.Spec) is { Length: > 0 } shared ? [shared]
        : [];

    /// <summary>Returns the draft with a preset's grid in place of its own.</summary>
    public StudyDraft WithGrid(StudyPreset preset, LaunchChoices choices) =>
        (this with
        {
            Values = preset.Axes.ToImmutableDictionary(axis => axis.Setting, axis => axis.Values),
            Baseline = "",
            Base = Nested(Base),
        }).Follow(choices);

    /// <summary>Returns the draft with other values of a setting; none for the shared value.</summary>
    public StudyDraft With(Setting setting, IReadOnlyList<string> values, LaunchChoices choices) =>
        (this with { Values = values.Count == 0 ? Values.Remove(setting) : Values.SetItem(setting, values) }).Follow(choices);

    /// <summary>Returns the study with the draft's texts as they are; it need not be valid.</summary>
    public Study ToStudy()
    {
        RunSpec spec = Base.Spec with { Name = null };
        var axes = new List<StudyAxis>();
        foreach (Setting setting in Varying.Where(Values.ContainsKey))
        {
            if (Values[setting] is [var only] && setting.Read(spec, only) is { } read)
            {
                spec = read;
            }
            else
            {
                axes.Add(new StudyAxis(setting, Values[setting]));
            }
        }

        bool isChosen = Baseline == NoBaseline || Baselines.Any(known => known.Value == Baseline);
        string baseline = isChosen ? Baseline : UsualBaseline;
        StudyAxis? compared = axes.FirstOrDefault(axis => axis.Values.Any(value => KeyOf(axis.Setting, value) == baseline));
        return new Study
        {
            Name = ShownName,
            Notes = Notes,
            Base = spec,
            Axes = axes,
            Seeds = [.. Enumerable.Range(0, Whole(Seeds) ?? 1).Select(i => spec.Seed + i)],
            IsSequential = IsSequential,
            MaxSeeds = Whole(MaxSeeds) ?? 1,
            Comparison = compared is null
                ? null
                : new([new(compared.Setting, compared.Values.First(value => KeyOf(compared.Setting, value) == baseline))], Margin),
        };
    }

    /// <summary>What is wrong with the number of seeds; null if nothing is.</summary>
    public string? SeedsProblem => Whole(Seeds) is null ? $"Seeds must be {Count}." : null;

    /// <summary>What is wrong with the largest number of seeds; null if nothing is.</summary>
    public string? MaxSeedsProblem => IsSequential && Whole(MaxSeeds) is null ? $"Seeds at most must be {Count}." : null;

    private static string Count => $"a whole number from 1 to {Study.MostSeeds:N0}";

    /// <summary>Returns all problems as sentences; the study is valid if there are none. Does not access the disk.</summary>
    public IReadOnlyList<string> Problems(LaunchChoices choices)
    {
        string[] unread =
        [
            .. Base.Unread.Keys.Select(property => Base.ProblemOf(property)!),
            .. new[] { SeedsProblem, MaxSeedsProblem }.OfType<string>(),
        ];
        return unread.Length > 0 ? unread : [.. StudyRules.Check(ToStudy()).Select(Sentence), .. ModelProblems(choices)];
    }

    private IEnumerable<string> ModelProblems(LaunchChoices choices) =>
        from path in ValuesOf(SettingsTable.FromPretrained)
        let spec = Base.Spec with { FromPretrained = path }
        let problem = LaunchRules.WhyUnusable(spec, LaunchRules.ModelOf(spec, choices))
        where problem is not null
        select $"{SettingsTable.FromPretrained.Title}: {problem}";

    /// <summary>Makes the shared settings agree with the values: a teacher is needed if one of the methods needs it.</summary>
    public StudyDraft Follow(LaunchChoices choices)
    {
        IReadOnlyList<string> methods = ValuesOf(SettingsTable.Method);
        RunSpec spec = Base.Spec with
        {
            Method = methods.Contains(MethodNames.TaskPrefix)
                ? MethodNames.TaskPrefix
                : methods.LastOrDefault(MethodNames.All.Contains, MethodNames.TaskPrefix),
            LabelSource = ValuesOf(SettingsTable.LabelSource).Contains("llm") ? LabelSource.Llm : LabelSource.Gt,
            FromPretrained = ValuesOf(SettingsTable.FromPretrained) is [var model, ..] ? model : Base.Spec.FromPretrained,
        };
        return this with { Base = LaunchDefaults.Follow(Base.With(spec), choices) };
    }

    private static LaunchDraft Nested(LaunchDraft draft) => WithDraw(draft, DataDraw.Nested);

    private static LaunchDraft WithDraw(LaunchDraft draft, DataDraw draw) => draft.With(draft.Spec with { Draw = draw });

    private static LaunchDraft SharedBy(Study study, LaunchChoices choices) =>
        WithDraw(LaunchDefaults.Adopt(study.Base with { Name = null, Seed = study.Seeds[0] }, choices), study.Base.Draw);

    private static int? Whole(string text) =>
        int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out int value) && value is >= 1 and <= Study.MostSeeds
            ? value
            : null;

    private static string KeyOf(Setting setting) => setting.Flag[2..];

    private static string KeyOf(Setting setting, string value) => $"{setting.JsonName}:{value}";

    /// <summary>Leaves out the place in a study's file, which a form does not have.</summary>
    private static string Sentence(string problem)
    {
        string text = FilePlace().Replace(problem, "");
        return char.ToUpperInvariant(text[0]) + text[1..];
    }

    [GeneratedRegex(@"^(axes\[\d+\](\.values(\[\d+\])?)?|base): ")]
    private static partial Regex FilePlace();
}
