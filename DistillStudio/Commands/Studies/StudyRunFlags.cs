using System.CommandLine;
using System.Globalization;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Studies;

namespace DistillStudio.Commands.Studies;

/// <summary>The parsed request of a <c>study run</c> command.</summary>
/// <param name="Study">The study; without an id if it does not exist yet.</param>
internal sealed record StudyRequest(Study Study, StudioHome Home, bool IsPlan, bool RerunsFailed, bool IsJson);

/// <summary>The flags of <c>study run</c>.</summary>
internal sealed class StudyRunFlags
{
    private const string Sources = "name a study, or make one with --preset P or --file F";

    private readonly Argument<string> _study = Usage.Word("[STUDY]", "A study to continue: its name or id");
    private readonly Option<string[]> _preset = Usage.Flag(
        "--preset", "PRESET", $"Make a study: {string.Join(", ", StudyPreset.All.Select(preset => preset.Name))}");
    private readonly Option<string[]> _file = Usage.Flag("--file", "FILE", "Make a study from a file like study.json");
    private readonly Option<string[]> _name = Usage.Flag("--name", "TEXT", "Name of the new study [preset and dataset, or the file's]");
    private readonly Option<string[]> _seeds = Usage.Flag(
        "--seeds", "N", "Number of seeds, counted up from --run; for an existing study, to add seeds [5]");
    private readonly Option<bool> _sequential = Usage.Switch(
        "--sequential", "Test after each finished pair, and stop once the comparison is decided");
    private readonly Option<string[]> _maxSeeds = Usage.Flag("--max-seeds", "N", "Maximum number of seeds of a sequential study [20]");
    private readonly Option<string[]> _margin = Usage.Flag(
        "--margin", "X", "Difference in accuracy within which two count as equally good, such as 0.02");
    private readonly Option<bool> _rerunFailed = Usage.Switch("--rerun-failed", "Also continue runs that failed or were cancelled");
    private readonly Option<bool> _plan = Usage.Switch("--plan", "Show what would be run, and run nothing");
    private readonly Option<string[]> _on = CommonFlags.On();
    private readonly Option<string[]> _home = CommonFlags.Home();
    private readonly Option<bool> _json = CommonFlags.Json("Print each event of the study as one JSON line");
    private readonly SettingOptions _base = new(SettingsTable.OfStudies);

    public Argument<string> Argument => _study;

    public IEnumerable<Option> Options =>
        [_preset, _file, _name, _seeds, _sequential, _maxSeeds, _margin, _rerunFailed, _plan, _on, _home, _json, .. _base.Options];

    /// <exception cref="InputException">The flags are invalid, or the study cannot be read; the exception lists every
    /// problem.</exception>
    public StudyRequest Read(ParseResult parsed)
    {
        var usage = new Usage(parsed);
        string? word = usage.OptionalWord();
        string? presetName = usage.Text(_preset);
        string? file = usage.Path(_file);
        string? name = usage.Text(_name)?.Trim();
        int? seeds = usage.Whole(_seeds, 1, Study.MostSeeds);
        int? maxSeeds = usage.Whole(_maxSeeds, 1, Study.MostSeeds);
        double? margin = ReadMargin(usage, _margin);
        string? profile = usage.Text(_on);
        if (profile is not null && usage.Is(_json) && !usage.Is(_plan))
        {
            usage.Add($"{_json.Name} cannot be combined with {_on.Name}, whose runs report to the studio; leave it out, and read them with "
                + $"`study show --json`.");
        }

        var home = new StudioHome(usage.Path(_home));
        if (new[] { word, presetName, file }.Count(source => source is not null) != 1)
        {
            usage.Add(word is null && presetName is null && file is null ? $"There is nothing to run; {Sources}." : $"STUDY, --preset "
                + $"and --file exclude each other; {Sources}.");
        }

        if (name is not null && (name.Length == 0 || !SettingLimits.IsName(name)))
        {
            usage.Add($"--name is empty, longer than {SettingLimits.LongestName} characters, or holds a control character; give one line.");
        }

        StudyPreset? preset = presetName is null ? null : StudyPreset.Find(presetName);
        if (presetName is not null && preset is null)
        {
            usage.Add($"--preset {presetName} is unknown; use {string.Join(", ", StudyPreset.All.Select(known => known.Name))}.");
        }

        RunSpec? settings = preset is null ? null : ReadBase(usage, preset);
        if (presetName is null && (word ?? file) is not null)
        {
            RefuseBase(usage, word is null ? "is part of the file's \"base\"; write it there" : "cannot change in an existing study; "
                + "leave it out, or make another study");
        }

        if (word is not null && name is not null)
        {
            usage.Add("--name belongs to a new study; leave it out.");
        }

        usage.Demand();
        Study study =
            preset is not null ? preset.Create(name, settings!, seeds) : file is not null ? FromFile(file, name) : Existing(word!, home);
        study = (study.Id.Length > 0 ? study : GoOnWith(study.WithFullPaths(), home)) with { Queue = StudyQueue.Off, Profile = profile };
        return new(
            Change(study, seeds, maxSeeds, margin, usage.Is(_sequential)), home, usage.Is(_plan), usage.Is(_rerunFailed), usage.Is(_json));
    }

    private static Study FromFile(string file, string? name)
    {
        Study study = StudyFile.Read(file, Path.GetFileNameWithoutExtension(file));
        return study with { Name = name ?? study.Name };
    }

    /// <summary>Returns the study of that name if its settings are the same, so that a repeated command continues it.</summary>
    private static Study GoOnWith(Study study, StudioHome home)
    {
        if (new StudyStore(home).Find(study.Name) is not { } existing)
        {
            return study;
        }

        return existing.IsSameQuestion(study)
            ? WithMargin(existing, study.Comparison?.Margin).WithMoreSeeds(study.Seeds.Count)
            : throw new InputException(
                $"A study called {study.Name} exists with other settings; give this one another name with --name, or continue that one: "
                    + $"study run {existing.Id}.");
    }

    private static Study WithMargin(Study study, double? margin) =>
        margin is null || study.Comparison is not { } comparison ? study : study with { Comparison = comparison with { Margin = margin } };

    private static Study Existing(string word, StudioHome home) => StudyCommand.Find(new StudyStore(home), word);

    private static Study Change(Study study, int? seeds, int? maxSeeds, double? margin, bool isSequential)
    {
        if (seeds < study.Seeds.Count && study.Id.Length > 0)
        {
            throw new InputException($"--seeds {seeds} is fewer than the {study.Seeds.Count} that {study.Name} has; seeds can be added, "
                + $"not removed.");
        }

        study = seeds < study.Seeds.Count ? study with { Seeds = [.. study.Seeds.Take(seeds.Value)] } : study.WithMoreSeeds(seeds ?? 0);
        study = study with { IsSequential = study.IsSequential || isSequential, MaxSeeds = maxSeeds ?? study.MaxSeeds };
        return margin is null ? study
            : study.Comparison is { } comparison ? study with { Comparison = comparison with { Margin = margin } }
            : throw new InputException($"--margin belongs to a comparison, and {study.Name} compares nothing; leave it out.");
    }

    private RunSpec ReadBase(Usage usage, StudyPreset preset)
    {
        foreach (SettingFlag flag in preset.Axes.SelectMany(axis => axis.Setting.Flags)
            .Where(flag => _base.ValueOf(usage, flag) is not null))
        {
            usage.Add($"{flag.Name} is what {preset.Name} varies; leave it out, or write the values you want into a file for --file.");
        }

        RunSpec spec = usage.ExpandPaths(SpecArguments.Read(flag => _base.ValueOf(usage, flag), usage.Add));
        bool isDrawGiven = SettingsTable.Draw.Flags.Any(flag => _base.ValueOf(usage, flag) is not null);
        return isDrawGiven ? spec : spec with { Draw = DataDraw.Nested };
    }

    private void RefuseBase(Usage usage, string why)
    {
        foreach (SettingFlag flag in SettingsTable.OfStudies.SelectMany(setting => setting.Flags)
            .Where(flag => _base.ValueOf(usage, flag) is not null))
        {
            usage.Add($"{flag.Name} {why}.");
        }
    }

    /// <summary>Returns the margin of a study; null without one, and with a problem if it is out of range.</summary>
    public static double? ReadMargin(Usage usage, Option<string[]> flag)
    {
        if (usage.Text(flag) is not { } text)
        {
            return null;
        }

        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double margin) && margin is > 0 and < 1)
        {
            return margin;
        }

        usage.Add($"--margin {text} is out of range; it is a difference in accuracy, above 0 and below 1, such as 0.02.");
        return null;
    }
}
