using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Studies;
using DistillStudio.History;

namespace DistillStudio.Components.Pages.Runs;

/// <summary>Runs with something in common, and their mean test accuracy.</summary>
/// <param name="Key">Unique among the groups.</param>
/// <param name="Study">Id of the study that the runs belong to; null unless the table is grouped by study.</param>
/// <param name="Runs">In the order of the table.</param>
/// <param name="Counted">Number of runs in the mean: of runs with equal settings, one.</param>
/// <param name="Test">Mean test accuracy of the exported weights; null if no run was tested, or not all on equally many rows of one
/// dataset.</param>
public sealed record RunGroup(string Key, string Title, string? Study, IReadOnlyList<RunSummary> Runs, int Counted, SeedMean? Test)
{
    /// <summary>The seeds of the runs, ascending.</summary>
    public IReadOnlyList<int> Seeds => [.. Runs.Select(run => run.Spec.Seed).Distinct().Order()];
}

/// <summary>Groups the table of runs.</summary>
/// <param name="Key">Name in the URL.</param>
public sealed record RunGrouping(string Key, string Title)
{
    public const string ByStudy = "study";

    public const string ByEverythingButSeed = "seeds";

    /// <summary>All groupings: by study, by everything but the seed, and by each setting.</summary>
    public static IReadOnlyList<RunGrouping> All { get; } =
    [
        new(ByStudy, "Study"),
        new(ByEverythingButSeed, "Everything but seed"),
        .. SettingsTable.OfResult.Select(setting => new RunGrouping(setting.JsonName, setting.Title)),
    ];

    /// <summary>Returns the groups in the order of their first runs.</summary>
    /// <param name="runs">The runs, in the order of the table.</param>
    /// <param name="home">Resolves the default data folder.</param>
    /// <param name="nameOf">Returns the name of the study with an id; null if there is none.</param>
    public IReadOnlyList<RunGroup> Of(IReadOnlyList<RunSummary> runs, StudioHome home, Func<string, string?> nameOf) =>
    [
        .. from run in runs
           group run by KeyOf(run, home) into same
           let first = same.First()
           let study = Key == ByStudy ? RunStudy.IdOf(first) : null
           select Group(same.Key, study is not null ? nameOf(study) ?? study : TitleOf(first), study, [.. same], home),
    ];

    private static RunGroup Group(string key, string title, string? study, IReadOnlyList<RunSummary> runs, StudioHome home)
    {
        // A repeated setting adds nothing: the oldest tested run counts, so that results cannot be chosen from.
        RunSummary[] tested =
            [.. runs.Where(run => run.TestAccuracy is not null).OrderBy(run => run.CreatedAt).DistinctBy(run => RunKey.Of(run.Spec, home))];
        bool isOneTest = tested.Select(run => (run.Spec.Dataset, run.Result?.Test?.Rows)).Distinct().Count() == 1;
        return new(
            key, title, study, runs, tested.Length, isOneTest ? SeedMean.Of([.. tested.Select(run => run.TestAccuracy!.Value)]) : null);
    }

    private string KeyOf(RunSummary run, StudioHome home) => Key switch
    {
        ByStudy => RunStudy.IdOf(run) ?? "",
        ByEverythingButSeed => $"{RunKey.OfAllSeeds(run.Spec, home)}\n{run.Environment?.Fingerprints?.Dataset}",
        _ when Setting is { } setting => setting.Applies(run.Spec) ? setting.Display(run.Spec) : Format.Nothing,
        _ => "",
    };

    private string TitleOf(RunSummary run) => Key switch
    {
        ByStudy => "No study",
        ByEverythingButSeed => string.Join(" · ", Summary(run.Spec)),
        _ when Setting is { } setting => setting.Applies(run.Spec) ? setting.Display(run.Spec) : $"No {setting.Title.ToLowerInvariant()}",
        _ => "",
    };

    private Setting? Setting => SettingsTable.OfResult.FirstOrDefault(setting => setting.JsonName == Key);

    /// <summary>Returns the settings that say most about a run: method and dataset, and what differs from the dataset's defaults.</summary>
    private static IEnumerable<string> Summary(RunSpec spec)
    {
        yield return $"{SettingsTable.Method.Display(spec)} on {spec.Dataset}";
        foreach ((SettingFlag flag, string _) in SpecArguments.Write(spec with { Seed = 0, Name = null }))
        {
            Setting setting = SettingsTable.OfResult.First(setting => setting.Flags.Contains(flag));
            if (setting != SettingsTable.Dataset && setting != SettingsTable.Method && setting.Applies(spec))
            {
                yield return Engine.Verdicts.SettingPhrase.Of(setting, setting.Display(spec));
            }
        }
    }
}
