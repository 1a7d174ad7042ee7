using System.Text.Json;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Studies;

/// <summary>Reads the fields of a study's file and collects all problems; a wrong field yields an allowed value until then.</summary>
/// <param name="root">The file's content.</param>
/// <param name="defaultName">Name of a study whose file gives none.</param>
internal sealed class StudyJson(JsonElement root, string defaultName)
{
    public const string FormatName = "format";
    public const string NameName = "name";
    public const string NotesName = "notes";
    public const string CreatedName = "created_at";
    public const string BaseName = "base";
    public const string AxesName = "axes";
    public const string SettingName = "setting";
    public const string ValuesName = "values";
    public const string SeedsName = "seeds";
    public const string LooksName = "looks";
    public const string CompareName = "compare";
    public const string BaselineName = "baseline";
    public const string MarginName = "margin";
    public const string SequentialName = "sequential";
    public const string MaxSeedsName = "max_seeds";
    public const string QueueName = "queue";
    public const string ProfileName = "profile";

    private const int DefaultSeeds = 5;

    private static readonly string[] Names =
    [
        FormatName, NameName, NotesName, CreatedName, BaseName, AxesName, SeedsName, LooksName, CompareName, SequentialName, MaxSeedsName,
        QueueName, ProfileName,
    ];

    private static readonly RunSpec Nothing = RunDefaults.Paper;

    private readonly List<string> _problems = [];

    public IReadOnlyList<string> Problems => [.. _problems.Distinct()];

    public static string Spell(StudyQueue queue) => queue.ToString().ToLowerInvariant();

    public Study Read()
    {
        var blank = new Study { Name = defaultName, Base = Nothing, Seeds = [0] };
        if (root.ValueKind != JsonValueKind.Object)
        {
            _problems.Add("it holds no object; a study is written between { and }.");
            return blank;
        }

        if (Whole(root, FormatName, FormatName, StudyFile.Format) > StudyFile.Format)
        {
            _problems.Add("it was written by a newer version of the program; read it with that one.");
            return blank;
        }

        RequireKnown(root, "", Names);
        RunSpec settings = ReadBase();
        return new Study
        {
            Name = (Text(root, NameName, NameName) ?? defaultName).Trim(),
            Notes = Text(root, NotesName, NotesName) ?? "",
            CreatedAt = Field(root, CreatedName, JsonValueKind.String) is { } created
                && created.TryGetDateTimeOffset(out DateTimeOffset time)
                ? time
                : default,
            Base = settings with { Name = null },
            Axes = ReadAxes(),
            Seeds = ReadSeeds(settings.Seed),
            Looks = [.. WholeNumbers(LooksName, _ => 1)],
            Comparison = ReadComparison(),
            IsSequential = Flag(SequentialName),
            MaxSeeds = Whole(root, MaxSeedsName, MaxSeedsName, blank.MaxSeeds),
            Queue = ReadQueue(),
            Profile = Text(root, ProfileName, ProfileName),
        };
    }

    private RunSpec ReadBase()
    {
        if (Field(root, BaseName, JsonValueKind.Object) is not { } given)
        {
            _problems.Add($"{BaseName} is missing; give the settings that all runs share, such as {{\"dataset\": \"demo\"}}.");
            return Nothing;
        }

        RequireKnown(given, $"{BaseName}.", [.. SettingsTable.All.Select(setting => setting.JsonName)]);
        RunSpec spec = RunDefaults.For(TextOf(given, SettingsTable.Dataset) ?? "");
        foreach (Setting setting in SettingsTable.All)
        {
            if (TextOf(given, setting) is not { } text)
            {
                continue;
            }

            spec = setting.Read(spec, text) is { } read
                ? read
                : Wrong($"{BaseName}.{setting.JsonName}", text, setting.ExpectedInsteadOf(text), spec);
        }

        return spec with
        {
            Init = TextOf(given, SettingsTable.Init) is null ? RunDefaults.InitFor(spec) : spec.Init,
            Draw = TextOf(given, SettingsTable.Draw) is null ? DataDraw.Nested : spec.Draw,
        };
    }

    private List<StudyAxis> ReadAxes()
    {
        var axes = new List<StudyAxis>();
        foreach ((int i, JsonElement axis) in Items(root, AxesName).Index())
        {
            string place = $"{AxesName}[{i}]";
            if (axis.ValueKind != JsonValueKind.Object)
            {
                _problems.Add($"{place}: it is no object; write {{\"setting\": \"model_type\", \"values\": [\"standard\", "
                    + $"\"task_prefix\"]}}.");
                continue;
            }

            RequireKnown(axis, $"{place}.", [SettingName, ValuesName]);
            if (SettingOf(Text(axis, SettingName, $"{place}.{SettingName}") ?? "", $"{place}.{SettingName}") is { } setting)
            {
                axes.Add(
                    new StudyAxis(
                        setting,
                        [
                            .. Items(axis, ValuesName, place).Select((value, j) => ValueText(value, $"{place}.{ValuesName}[{j}]"))
                                .OfType<string>()
                        ]));
            }
        }

        return axes;
    }

    private int[] ReadSeeds(int first)
    {
        if (!root.TryGetProperty(SeedsName, out JsonElement given))
        {
            return Count(first, DefaultSeeds);
        }

        if (given.ValueKind == JsonValueKind.Number)
        {
            return Whole(root, SeedsName, SeedsName, DefaultSeeds) is >= 1 and <= Study.MostSeeds and var count
                ? Count(first, count)
                : Wrong(SeedsName, given.GetRawText(), $"a list, or how many: 1 to {Study.MostSeeds:N0}", Count(first, 1));
        }

        return [.. WholeNumbers(SeedsName, i => i)];
    }

    /// <param name="name">Name of a list.</param>
    /// <param name="instead">Returns the value that stands for an invalid item until the problems are reported.</param>
    private IEnumerable<int> WholeNumbers(string name, Func<int, int> instead) =>
        Items(root, name).Select((item, i) => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out int whole)
            ? whole
            : Wrong($"{name}[{i}]", item.GetRawText(), "a whole number from 0", instead(i)));

    private StudyComparison? ReadComparison()
    {
        if (Field(root, CompareName, JsonValueKind.Object) is not { } given)
        {
            return null;
        }

        RequireKnown(given, $"{CompareName}.", [BaselineName, MarginName]);
        var baseline = new List<StudyValue>();
        foreach (JsonProperty value in Field(given, BaselineName, JsonValueKind.Object, $"{CompareName}.")?.EnumerateObject() ?? [])
        {
            string place = $"{CompareName}.{BaselineName}.{value.Name}";
            if (SettingOf(value.Name, place) is { } setting && ValueText(value.Value, place) is { } text)
            {
                baseline.Add(new StudyValue(setting, text));
            }
        }

        double? margin = Field(given, MarginName, JsonValueKind.Number, $"{CompareName}.") is { } number
            && number.TryGetDouble(out double value2)
            ? value2
            : null;
        return new StudyComparison(baseline, margin);
    }

    private Setting? SettingOf(string name, string place)
    {
        if (SettingsTable.All.FirstOrDefault(setting => setting.JsonName == name) is { } found)
        {
            return found;
        }

        string what = name.Length == 0 ? "the setting is missing" : $"{SettingLimits.Cut(name, 60)} is no setting";
        _problems.Add($"{place}: {what}; use one of {string.Join(", ", SettingsTable.OfStudies.Select(setting => setting.JsonName))}.");
        return null;
    }

    private static int[] Count(int first, int count) => [.. Enumerable.Range(0, count).Select(i => first + i)];

    private StudyQueue ReadQueue()
    {
        string text = Text(root, QueueName, QueueName) ?? Spell(StudyQueue.Off);
        StudyQueue[] read = [.. Enum.GetValues<StudyQueue>().Where(value => Spell(value) == text)];
        return read.Length == 1 ? read[0] : Wrong(QueueName, text, "off, on or paused", StudyQueue.Off);
    }

    private bool Flag(string name)
    {
        if (!root.TryGetProperty(name, out JsonElement given))
        {
            return false;
        }

        return given.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? given.GetBoolean()
            : Wrong(name, given.GetRawText(), "true or false", false);
    }

    private int Whole(JsonElement owner, string name, string place, int missing)
    {
        if (!owner.TryGetProperty(name, out JsonElement given))
        {
            return missing;
        }

        return given.ValueKind == JsonValueKind.Number && given.TryGetInt32(out int whole)
            ? whole
            : Wrong(place, given.GetRawText(), "a whole number", missing);
    }

    private string? Text(JsonElement owner, string name, string place)
    {
        if (!owner.TryGetProperty(name, out JsonElement given))
        {
            return null;
        }

        return given.ValueKind == JsonValueKind.String
            ? given.GetString()
            : Wrong<string?>(place, given.GetRawText(), "a text in quotes", null);
    }

    /// <summary>Returns the field if it has the kind; null if it is absent or null, or wrong, which is a problem.</summary>
    private JsonElement? Field(JsonElement owner, string name, JsonValueKind kind, string prefix = "")
    {
        if (!owner.TryGetProperty(name, out JsonElement given) || given.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        return given.ValueKind == kind ? given : Wrong<JsonElement?>(prefix + name, given.GetRawText(), kind switch
        {
            JsonValueKind.Object => "an object between { and }",
            JsonValueKind.Array => "a list between [ and ]",
            JsonValueKind.Number => "a number",
            _ => "a text in quotes",
        }, null);
    }

    private IEnumerable<JsonElement> Items(JsonElement owner, string name, string? place = null) =>
        Field(owner, name, JsonValueKind.Array, place is null ? "" : $"{place}.")?.EnumerateArray().AsEnumerable() ?? [];

    private string? TextOf(JsonElement given, Setting setting) =>
        given.TryGetProperty(setting.JsonName, out JsonElement value) && value.ValueKind != JsonValueKind.Null
            ? ValueText(value, $"{BaseName}.{setting.JsonName}")
            : null;

    private string? ValueText(JsonElement value, string place) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        _ => Wrong<string?>(place, value.GetRawText(), "a text, a number, true or false", null),
    };

    private void RequireKnown(JsonElement owner, string prefix, string[] names) =>
        _problems.AddRange(owner.EnumerateObject()
            .Where(field => !names.Contains(field.Name))
            .Select(field => $"{prefix}{SettingLimits.Cut(field.Name, 60)}: there is no such field; use {string.Join(", ", names)}."));

    private T Wrong<T>(string place, string text, string expected, T instead)
    {
        _problems.Add($"{place} cannot be {SettingLimits.Cut(text.ReplaceLineEndings(" "), 60)}; give {expected}.");
        return instead;
    }
}
