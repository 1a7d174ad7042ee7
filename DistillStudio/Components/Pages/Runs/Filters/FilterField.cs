using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Settings;
using DistillStudio.History;

namespace DistillStudio.Components.Pages.Runs.Filters;

public enum FilterKind
{
    Text,
    Number,

    /// <summary>A number from 0 to 1 that is shown in percent.</summary>
    Share,

    /// <summary>In seconds.</summary>
    Duration,

    Time,
}

/// <summary>What a filter can compare: a setting, a metric, or what a person wrote about a run.</summary>
/// <param name="Name">Name in a filter.</param>
/// <param name="Value">The number or time of a run; null if it has none. For a text, null if there is none.</param>
/// <param name="Texts">The texts that <c>=</c> and <c>~</c> look at: as it is shown, and as it is written in <c>spec.json</c>.</param>
public sealed record FilterField(
    string Name, FilterKind Kind, Func<RunSummary, IComparable?> Value, Func<RunSummary, IEnumerable<string>> Texts)
{
    private const int MostSuggested = 3;

    private static readonly Lazy<Dictionary<string, FilterField>> ByName = new(Index);

    /// <summary>All fields, each once.</summary>
    public static IReadOnlyList<FilterField> All => [.. ByName.Value.Values.Distinct()];

    /// <summary>Returns the field with a name, regardless of case, spaces, dashes and underscores; null if there is none.</summary>
    public static FilterField? Find(string name) => ByName.Value.GetValueOrDefault(Plain(name));

    /// <summary>Returns the rest of a sentence about a name that no field has.</summary>
    public static string Unknown(string name)
    {
        string plain = Plain(name);
        string[] near =
        [
            .. All.Select(field => field.Name)
                .Where(
                    known => plain.Length > 1
                        && (Plain(known).Contains(plain, StringComparison.Ordinal) || plain.Contains(Plain(known), StringComparison.Ordinal)
                            || Plain(known).Order().SequenceEqual(plain.Order())))
                .Take(MostSuggested),
        ];
        string mend = near.Length > 0 ? $"did you mean {string.Join(" or ", near)}?" : "write a column's name, such as alpha or test.";
        return $"{SettingLimits.Cut(name, 40)} is no setting or metric; {mend}";
    }

    private static Dictionary<string, FilterField> Index()
    {
        var fields = new Dictionary<string, FilterField>();
        foreach ((string[] names, FilterField field) in Listed())
        {
            foreach (string name in names.Append(field.Name))
            {
                fields.TryAdd(Plain(name), field);
            }
        }

        return fields;
    }

    private static IEnumerable<(string[] Names, FilterField Field)> Listed()
    {
        yield return ([], OfText("name", run => [RunText.Title(run), run.Spec.Name ?? ""]));
        yield return ([], OfText("state", run => [RunText.State(run.State)]));
        yield return (["tag"], OfText("tags", run => run.Tags));
        yield return (["note"], OfText("notes", run => [run.Notes]));
        yield return ([], OfText("id", run => [run.Id]));
        yield return ([], OfText("study", run => [RunStudy.IdOf(run) ?? ""]));
        yield return ([], OfText("on", run => [run.Placement?.Profile ?? "this machine"]));
        yield return ([], OfText("device", run => [run.Environment?.Device ?? ""]));
        yield return ([], new("threads", FilterKind.Number, run => run.Environment?.Threads, NoText));
        yield return ([], new("step", FilterKind.Number, run => run.Step, NoText));
        yield return (["early_stop"], new("early", FilterKind.Number, run => run.StoppedEarly?.Step, NoText));
        yield return ([], new("label_loss", FilterKind.Number, run => run.LabelLoss, NoText));
        yield return ([], new("rationale_loss", FilterKind.Number, run => run.RationaleLoss, NoText));
        foreach (RunColumn column in RunColumn.All.Where(column => column.Setting is null && column.Kind is not null))
        {
            yield return ([column.Title], new(column.Key, column.Kind!.Value, column.SortBy, run => [column.Text(run)]));
        }

        foreach (Setting setting in SettingsTable.OfResult)
        {
            string[] names =
            [
                setting.Title, setting.Property, setting.Flag.TrimStart('-'),
                .. RunColumn.All.Where(column => column.Setting == setting).Select(column => column.Key),
            ];
            yield return (
                names,
                new(
                    setting.JsonName, setting.IsNumber ? FilterKind.Number : FilterKind.Text,
                    run => setting.Applies(run.Spec) ? setting.SortKey(run.Spec) : null,
                    run => setting.Applies(run.Spec) ? [setting.Display(run.Spec), setting.Write(run.Spec) ?? ""] : []));
        }
    }

    private static FilterField OfText(string name, Func<RunSummary, IEnumerable<string>> texts) =>
        new(name, FilterKind.Text, run => texts(run).FirstOrDefault(text => text.Length > 0), texts);

    private static IEnumerable<string> NoText(RunSummary run) => [];

    private static string Plain(string name) =>
        new([.. name.Where(c => c is not (' ' or '-' or '_' or '.' or ',')).Select(char.ToLowerInvariant)]);
}
