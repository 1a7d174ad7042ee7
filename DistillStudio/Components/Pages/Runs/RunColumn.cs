using System.Globalization;
using DistillStudio.Components.Pages.Runs.Filters;
using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Settings;
using DistillStudio.History;

namespace DistillStudio.Components.Pages.Runs;

/// <summary>A column in the table of runs.</summary>
/// <param name="Key">Name of the column in the URL.</param>
/// <param name="SortBy">Sort key of a run; null values are last.</param>
/// <param name="Text">Display text of a run, on the page and in an export.</param>
/// <param name="Hint">Explanation of the title; null if none is needed.</param>
public sealed record RunColumn(
    string Key,
    string Title,
    Func<RunSummary, IComparable?> SortBy,
    Func<RunSummary, string> Text,
    bool IsNumber = false,
    bool IsShown = true,
    string? Hint = null)
{
    /// <summary>The setting that the column shows; null for another figure.</summary>
    public Setting? Setting { get; private init; }

    /// <summary>How a filter compares the column; null for a setting, and for a text that a filter reads elsewhere.</summary>
    public FilterKind? Kind { get; private init; }

    public const string State = "state";
    public const string Name = "name";
    public const string Progress = "progress";
    public const string Tags = "tags";
    public const string Started = "started";
    public const string Method = "method";

    /// <summary>Where a run is trained; not shown while all runs are of this machine.</summary>
    public const string Place = "on";

    /// <summary>The settings shown by default, with their names in the URL.</summary>
    private static readonly (Setting Setting, string Key)[] Shown =
    [
        (SettingsTable.Dataset, "dataset"), (SettingsTable.Method, Method), (SettingsTable.LabelSource, "labels"),
        (SettingsTable.Teacher, "teacher"),
        (SettingsTable.Alpha, "alpha"), (SettingsTable.FromPretrained, "model"), (SettingsTable.Seed, "seed"),
    ];

    public static IReadOnlyList<RunColumn> All { get; } =
    [
        new(Name, "Run", r => RunText.Title(r), r => RunText.Title(r)),
        new(State, "State", r => (int)r.State, r => RunText.State(r.State)),
        new(Progress, "Step", r => r.Progress, r => $"{r.Step} / {r.Spec.MaxSteps}") { Kind = FilterKind.Share },
        new(
            Place, "On", r => r.Placement?.Profile, r => r.Placement?.Profile ?? "this machine", Hint: "Where the run is trained: on this "
            + "machine, or with a profile of the cluster"),
        new("best", "Best val.", r => r.BestValidAccuracy, r => Format.Percent(r.BestValidAccuracy), IsNumber: true, Hint: "Validation "
            + "accuracy of the best weights: the highest accuracy and, among equals, the lowest label loss")
        { Kind = FilterKind.Share },
        new(
            "last", "Last val.", r => r.LastValidAccuracy, r => Format.Percent(r.LastValidAccuracy), IsNumber: true,
            Hint: "Latest validation accuracy")
        { Kind = FilterKind.Share },
        new(
            "test", "Test", r => r.TestAccuracy, r => Format.Percent(r.TestAccuracy), IsNumber: true,
            Hint: "Test accuracy of the exported weights")
        { Kind = FilterKind.Share },
        new(
            "test-best", "Test, best", r => r.Result?.TestBest?.Accuracy, r => Format.Percent(r.Result?.TestBest?.Accuracy), IsNumber: true,
            IsShown: false, Hint: "Test accuracy of the weights with the best validation accuracy")
        { Kind = FilterKind.Share },
        new(
            "test-last", "Test, last", r => r.Result?.TestLast?.Accuracy, r => Format.Percent(r.Result?.TestLast?.Accuracy), IsNumber: true,
            IsShown: false, Hint: "Test accuracy of the last step's weights")
        { Kind = FilterKind.Share },
        .. Shown.Select(shown => OfSetting(shown.Setting, shown.Key, isShown: true)),
        new(
            "rate", "Speed", r => r.ExamplesPerSecond, r => Format.Rate(r.ExamplesPerSecond), IsNumber: true,
            Hint: "Training examples per second")
        { Kind = FilterKind.Number },
        new("left", "Time left", r => r.SecondsLeft, r => Format.Duration(r.SecondsLeft), IsNumber: true, Hint: "Estimated time until the "
            + "run ends, with its evaluations and tests")
        { Kind = FilterKind.Duration },
        new(Started, "Started", r => r.StartedAt ?? r.CreatedAt, r =>
            r.StartedAt?.UtcDateTime.ToString("u", CultureInfo.InvariantCulture) ?? Format.Nothing)
        { Kind = FilterKind.Time },
        new("loss", "Loss", r => r.Loss, r => Format.Loss(r.Loss), IsNumber: true, IsShown: false, Hint: "Total loss at the last step")
        { Kind = FilterKind.Number },
        new(
            "took", "Duration", r => r.Elapsed, r => Format.Duration(r.Elapsed), IsNumber: true, IsShown: false,
            Hint: "Training time, without pauses")
        { Kind = FilterKind.Duration },
        new(
            "batch", "Batch", r => r.Spec.BatchSize * r.Spec.GradSteps, r => Format.Count(r.Spec.BatchSize * r.Spec.GradSteps),
            IsNumber: true, IsShown: false,
            Hint: "Examples per optimiser step")
        { Kind = FilterKind.Number },
        .. SettingsTable.OfResult.Where(setting => Shown.All(shown => shown.Setting != setting)).Select(
            setting => OfSetting(setting, KeyOf(setting), isShown: false)),
        new(
            "early", "Early stop", r => r.StoppedEarly?.Step,
            r => r.StoppedEarly is { } stop ? $"step {Format.Count(stop.Step)}" : Format.Nothing,
            IsNumber: true, IsShown: false, Hint: "Step at which the run's patience was over"),
        new("device", "Device", r => r.Environment?.Device, r => r.Environment?.Device ?? Format.Nothing, IsShown: false),
        new(
            "threads", "Threads", r => r.Environment?.Threads,
            r => r.Environment is { Threads: > 0 and var threads } ? Format.Count(threads) : Format.Nothing, IsNumber: true, IsShown: false,
            Hint: "CPU threads; results depend on them through rounding"),
        new(Tags, "Tags", r => string.Join(' ', r.Tags), r => string.Join(", ", r.Tags), IsShown: false),
        new("notes", "Notes", r => r.Notes, r => r.Notes, IsShown: false),
    ];

    public static IReadOnlyList<string> DefaultKeys { get; } = [.. All.Where(c => c.IsShown).Select(c => c.Key)];

    /// <summary>Returns the setting's name in <c>spec.json</c>, except for one whose name in the URL is kept for compatibility.</summary>
    private static string KeyOf(Setting setting) => setting == SettingsTable.Subsample ? "share" : setting.JsonName;

    private static RunColumn OfSetting(Setting setting, string key, bool isShown) => new(
        key,
        setting.Title,
        run => setting.Applies(run.Spec) ? setting.SortKey(run.Spec) : null,
        run => setting.Applies(run.Spec) ? setting.Display(run.Spec) : Format.Nothing,
        setting.IsNumber,
        isShown,
        setting.Help)
    { Setting = setting };
}
