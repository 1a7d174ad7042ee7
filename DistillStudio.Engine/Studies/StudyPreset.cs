using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Studies;

/// <summary>A study that only lacks its base settings.</summary>
/// <param name="Name">Name on the command line.</param>
/// <param name="Title">Display text.</param>
/// <param name="Help">What the study answers: one sentence.</param>
/// <param name="Seeds">Number of seeds.</param>
public sealed record StudyPreset(string Name, string Title, string Help, IReadOnlyList<StudyAxis> Axes, int Seeds)
{
    private static readonly StudyComparison AgainstStandard = new([new(SettingsTable.Method, MethodNames.Standard)]);

    private static readonly StudyAxis StandardAndStepByStep = new(SettingsTable.Method, [MethodNames.Standard, MethodNames.TaskPrefix]);

    /// <summary>All presets in display order.</summary>
    public static IReadOnlyList<StudyPreset> All { get; } =
    [
        new(
            "standard-vs-step-by-step", "Standard against step-by-step",
            "Does step-by-step beat standard training here, by more than the noise of five seeds?",
            [StandardAndStepByStep], 5),
        new(
            "paper-fractions", "The paper's fractions",
            "How much data does each method need: 12.5, 25, 50, 75 and 100 % of the training examples?",
            [StandardAndStepByStep, new(SettingsTable.Subsample, ["0.125", "0.25", "0.5", "0.75", "1"])], 5),
        new(
            "three-fractions", "Three fractions",
            "Does step-by-step need less data? 25, 50 and 100 % of the training examples: a shorter way to the paper's question.",
            [StandardAndStepByStep, new(SettingsTable.Subsample, ["0.25", "0.5", "1"])], 5),
        new("alpha-sweep", "Alpha sweep", "Which weight of the label loss is best, and does any beat standard training?",
            [StandardAndStepByStep, new(SettingsTable.Alpha, ["0.1", "0.3", "0.5", "0.7", "0.9"])], 5),
        new(
            "ablations", "Ablations",
            "What does each part contribute: rationales as a task of their own or in one text, and true or the teacher's labels?",
            [
                new(SettingsTable.Method, [MethodNames.Standard, MethodNames.TaskPrefix, MethodNames.SingleTask]),
                new(SettingsTable.LabelSource, ["gt", "llm"]),
            ], 5),
    ];

    /// <summary>The demo study: both methods on three fractions of the demo dataset.</summary>
    public static Study Demo { get; } = Find("three-fractions")!.Create("Demo study", RunDefaults.Demo with { Draw = DataDraw.Nested });

    /// <summary>Returns the preset; null if there is none of that name.</summary>
    public static StudyPreset? Find(string name) =>
        All.FirstOrDefault(preset => preset.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <param name="name">Name of the study; null for one made of the preset and the dataset.</param>
    /// <param name="settings">The settings that all runs share; its seed is the first.</param>
    /// <param name="seeds">Number of seeds; null for the preset's.</param>
    public Study Create(string? name, RunSpec settings, int? seeds = null) => new()
    {
        Name = name ?? $"{Name} {settings.Dataset}",
        Base = settings with { Name = null },
        Axes = Axes,
        Seeds = [.. Enumerable.Range(0, seeds ?? Seeds).Select(i => settings.Seed + i)],
        Comparison = AgainstStandard,
    };
}
