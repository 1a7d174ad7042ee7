using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Training;

namespace DistillStudio.Engine.Settings;

/// <summary>
/// All settings of a run, in the order of the help. Each is described once, here; whatever reads, checks, shows, compares or exports settings
/// goes through this table.
/// </summary>
public static partial class SettingsTable
{
    // Built on first use: the entries lie in the other parts of this class, and the order in which parts are initialised is not defined.
    private static readonly Lazy<IReadOnlyList<Setting>> Entries = new(List);

    private static readonly Lazy<IReadOnlyDictionary<string, Setting>> ByProperty = new(() => All.ToDictionary(setting => setting.Property));

    public static IReadOnlyList<Setting> All => Entries.Value;

    /// <summary>What a run is made of, without its name.</summary>
    public static IEnumerable<Setting> OfResult => All.Where(setting => setting.Group != SettingGroup.Description);

    /// <summary>The entry of a property of <see cref="RunSpec"/>.</summary>
    public static Setting Of(string property) => ByProperty.Value[property];

    /// <summary>Those whose displayed values are not the same in all specs, in order; null stands for a setting that does not apply.</summary>
    public static IReadOnlyList<(Setting Setting, IReadOnlyList<string?> Values)> Differing(IReadOnlyList<RunSpec> specs) =>
    [
        .. OfResult
            .Select(setting => (Setting: setting, Values: (IReadOnlyList<string?>)[.. specs.Select(spec => setting.Applies(spec) ? setting.Display(spec) : null)]))
            .Where(pair => pair.Values.Distinct().Count() > 1),
    ];

    /// <summary>What the help prints in brackets: the paper's default, unless an unset value means something.</summary>
    public static string? DefaultOf(Setting setting) => setting.Unset ?? setting.Write(RunDefaults.Paper) switch
    {
        null or "" or SettingFactory.Off => null,
        { } value => value,
    };

    /// <summary>The paper's value as a form shows it; null where the paper has none.</summary>
    public static string? PaperOf(Setting setting) =>
        setting.Paper ?? (setting.Group is SettingGroup.Training or SettingGroup.Evaluation && setting.Kind != SettingKind.Switch ? setting.Display(RunDefaults.Paper) : null);

    private static IReadOnlyList<Setting> List() =>
    [
        FromPretrained, Dataset, Method, LabelSource, Teacher, Alpha,
        BatchSize, GradSteps, MaxSteps, EvalSteps, SaveSteps, Optimizer, LearningRate, WarmupSteps, LrSchedule, Seed, Subsample,
        MaxInputLength, GenMaxLen, Bf16, OutputRationale, Init, Keep, KeepBlankLabels, EvalLimit,
        Device, Threads, DataDir, Name,
    ];
}
