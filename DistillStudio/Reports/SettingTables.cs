using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Settings;
using DistillStudio.Reports.Writing;

namespace DistillStudio.Reports;

/// <summary>The settings of runs as tables.</summary>
internal static class SettingTables
{
    /// <summary>Maximum number of columns that fit on a page.</summary>
    private const int MostColumns = 6;

    /// <summary>Returns the settings that apply to all and are the same, in order.</summary>
    public static Table Common(IReadOnlyList<RunSpec> specs)
    {
        HashSet<Setting> differing = [.. SettingsTable.Differing(specs).Select(pair => pair.Setting)];
        return new(
            [new("Setting"), new("Value"), new("Flag")],
            [
                .. SettingsTable.OfOutcome
                    .Where(setting => setting.Applies(specs[0]) && !differing.Contains(setting))
                    .Select(setting => (IReadOnlyList<string>)[setting.Title, setting.Display(specs[0]), setting.Flag]),
            ]);
    }

    /// <summary>Returns the settings of a grid's runs that are the same wherever they have an effect, in order.</summary>
    public static Table Shared(IReadOnlyList<RunSpec> specs) => new(
        [new("Setting"), new("Value"), new("Flag")],
        [
            .. from setting in SettingsTable.OfOutcome
               let values = specs.Select(spec => setting.Applies(spec) ? setting.Display(spec) : null).Distinct().ToList()
               where values.OfType<string>().Count() == 1
               let value = values.OfType<string>().Single()
               select (IReadOnlyList<string>)[setting.Title, values.Contains(null) ? $"{value} (where it applies)" : value, setting.Flag],
        ]);

    /// <summary>
    /// Returns the settings in which runs differ, one row per run, in as many tables as the page needs; none if they do not differ.
    /// </summary>
    public static IEnumerable<Table> Differing(IReadOnlyList<NumberedRun> runs) =>
        SettingsTable.Differing([.. runs.Select(run => run.Run.Spec)]).Chunk(MostColumns).Select(settings => new Table(
            [Column.Number("No."), .. settings.Select(pair => new Column(pair.Setting.Title))],
            [.. runs.Select((run, i) => Row(run.Number, settings.Select(pair => pair.Values[i])))]));

    private static IReadOnlyList<string> Row(int number, IEnumerable<string?> values) =>
        [Format.Count(number), .. values.Select(value => value ?? Format.Nothing)];
}
