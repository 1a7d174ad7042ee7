
namespace DistillStudio.Engine.Settings;

/// <summary>
/// All settings of a run, in the order of the help. Each is defined once, here; all code that reads, validates, displays, compares or
/// exports settings uses this table.
/// </summary>
public static partial class SettingsTable
{
    // Initialised lazily: the entries are in the other parts of this class, and the initialisation order of the parts is undefined.
    private static readonly Lazy<IReadOnlyList<Setting>> Entries = new(List);

    private static readonly Lazy<IReadOnlyDictionary<string, Setting>> ByProperty = new(
        () => All.ToDictionary(setting => setting.Property));

    public static IReadOnlyList<Setting> All => Entries.Value;

    /// <summary>The settings that define a run, without its name.</summary>
    public static IEnumerable<Setting> OfResult => All.Where(setting => setting.Group != SettingGroup.Description);

    /// <summary>The settings of <see cref="OfResult"/> without those that say how a GPU computes them.</summary>
    public static IEnumerable<Setting> OfOutcome => OfResult.Where(setting => setting != NoCudaGraphs && setting != NoOwnKernels);

    /// <summary>The settings of <see cref="OfResult"/> that the runs of a study may share or differ in.</summary>
    public static IEnumerable<Setting> OfStudies => OfResult.Where(setting => setting != Branch && setting != BranchStep);

    /// <summary>Returns the entry of a property of <see cref="RunSpec"/>.</summary>
    public static Setting Of(string property) => ByProperty.Value[property];

    /// <summary>
    /// Returns the settings whose displayed values differ between the specs, in order; null represents a setting that does not apply.
    /// </summary>
    public static IReadOnlyList<(Setting Setting, IReadOnlyList<string?> Values)> Differing(IReadOnlyList<RunSpec> specs) =>
    [
        .. OfOutcome
            .Select(
                setting => (
                    Setting: setting,
                    Values: (IReadOnlyList<string?>)[.. specs.Select(spec => setting.Applies(spec) ? setting.Display(spec) : null)]))
            .Where(pair => pair.Values.Distinct().Count() > 1),
    ];

    /// <summary>Returns the default shown in brackets in the help: the paper's, unless an unset value has a meaning.</summary>
    public static string? DefaultOf(Setting setting) => setting.Unset ?? setting.Write(RunDefaults.Paper) switch
    {
        null or "" or SettingFactory.Off => null,
        { } value => value,
    };

    /// <summary>Returns the paper's value as shown in a form; null if the paper has none.</summary>
    public static string? PaperOf(Setting setting) =>
        setting.Paper ?? (setting.Group is SettingGroup.Training or SettingGroup.Evaluation
            && setting.Kind != SettingKind.Switch ? setting.Display(RunDefaults.Paper) : null);

    private static IReadOnlyList<Setting> List() =>
    [
        FromPretrained, Dataset, Method, LabelSource, Teacher, TeacherWeights, Rationales, Alpha,
        Branch, BranchStep,
        BatchSize, GradSteps, MaxSteps, EvalSteps, Patience, SaveSteps, KeepCheckpoints, Optimizer, LearningRate, WarmupSteps, LrSchedule,
        Seed, Subsample, Draw,
        MaxInputLength, GenMaxLen, Bf16, OutputRationale, Init, Keep, KeepBlankLabels, LeaveOutRejected, EvalLimit,
        Device, Threads, NoCudaGraphs, NoOwnKernels, DataDir, Name,
    ];
}
