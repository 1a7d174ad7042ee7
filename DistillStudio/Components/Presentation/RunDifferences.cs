using DistillStudio.Engine.Data;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Verdicts;
using DistillStudio.History;

namespace DistillStudio.Components.Presentation;

/// <summary>The values of several runs for one setting or condition.</summary>
/// <param name="Setting">The setting; null for a recorded condition, such as a version.</param>
/// <param name="Title">Title of the field on every page.</param>
/// <param name="Values">One value per run, in the order of the runs.</param>
public sealed record RunDifference(Setting? Setting, string Title, IReadOnlyList<string> Values)
{
    public bool IsSame => Values.Distinct().Count() == 1;

    /// <summary>The command-line flag; null if it cannot be set.</summary>
    public string? Flag => Setting?.Flag;
}

/// <summary>
/// Determines how runs differ: their settings, the content of the data and the model that they started from, and their compute conditions,
/// which also affect results.
/// </summary>
public static class RunDifferences
{
    /// <summary>Placeholder for values not recorded by an older version, or known only once a run has started.</summary>
    public const string Unknown = "unknown";

    private const string FirstWeights = "Weights";

    /// <summary>Digits shown of a digest: enough to distinguish a few.</summary>
    private const int Digits = 12;

    private static readonly (string Title, Func<RunFingerprints, string?> Actual)[] Contents =
    [
        ("Dataset files", prints => Shorten(prints.Dataset)),
        ("Teacher's files", prints => prints.Teacher is null ? Format.Nothing : Shorten(prints.Teacher)),
        ("Training rows", prints => Shorten(prints.Train)),
        ("Validation rows", prints => Shorten(prints.Valid)),
        ("Test rows", prints => Shorten(prints.Test)),
        ("Model's config", prints => Shorten(prints.Config)),
        (FirstWeights, prints => Shorten(prints.Weights)),
        ("Tokenizer", prints => Shorten(prints.Tokenizer)),
    ];

    /// <summary>
    /// Returns the fingerprints of the data and the model that the runs started from, in order, even if equal. Rows are compared
    /// in any order.
    /// </summary>
    public static IReadOnlyList<RunDifference> OfContents(IReadOnlyList<RunSummary> runs) =>
        [
            .. Contents.Select(
                c => new RunDifference(
                    null, c.Title,
                    [.. runs.Select(run => Value(run, e => e.Fingerprints is { } prints ? c.Actual(prints) : null, _ => null))]))
        ];

    /// <summary>Returns the actual compute conditions of the runs, in order, whether or not they differ.</summary>
    public static IReadOnlyList<RunDifference> OfConditions(IReadOnlyList<RunSummary> runs) =>
        [.. RunCondition.All.Select(c => new RunDifference(c.Setting, c.Title, [.. runs.Select(run => Value(run, c.Found, c.Asked))]))];

    /// <summary>
    /// Returns the settings, then contents, then conditions, whose text differs, in order. A dash marks what does not apply to a run.
    /// Unknown contents do not count as different.
    /// </summary>
    public static IReadOnlyList<RunDifference> Of(IReadOnlyList<RunSummary> runs) =>
    [
        .. SettingsTable.OfOutcome
            .Where(setting => RunCondition.All.All(c => c.Setting != setting))
            .Select(
                setting => new RunDifference(
                    setting, setting.Title,
                    [.. runs.Select(run => setting.Applies(run.Spec) ? setting.Display(run.Spec) : Format.Nothing)]))
            .Concat(OfContents(runs).Where(content => IsInformative(content, runs)))
            .Concat(OfConditions(runs))
            .Where(difference => !difference.IsSame),
    ];

    /// <summary>
    /// Returns true if the known contents differ. A difference that follows from a listed setting does not count: the files of a teacher
    /// that only some runs have, and random weights of different seeds.
    /// </summary>
    private static bool IsInformative(RunDifference content, IReadOnlyList<RunSummary> runs)
    {
        (RunSummary Run, string Value)[] known =
            [.. runs.Zip(content.Values).Where(pair => pair.Second is not (Unknown or Format.Nothing))];
        bool isOfSeeds = content.Title == FirstWeights && known.All(pair => pair.Run.Spec.Init == ModelInit.Random);
        return known.GroupBy(pair => isOfSeeds ? pair.Run.Spec.Seed : 0, pair => pair.Value).Any(same => same.Distinct().Count() > 1);
    }

    private static string? Shorten(RowsFingerprint? rows) =>
        rows is null ? null : $"{Format.Plural(rows.Rows, "row")}, {Shorten(rows.Content)}";

    private static string? Shorten(string? digest) => digest?.Length > Digits ? digest[..Digits] : digest;

    /// <summary>Lists all values in order for a run that was resumed in another environment.</summary>
    private static string Value(RunSummary run, Func<RunEnvironment, string?> actual, Func<RunSpec, string?> requested)
    {
        if (run.Environment is not { } started)
        {
            return requested(run.Spec) ?? Unknown;
        }

        return RunCondition.InOrder(run.EarlierEnvironments.Append(RunEnvironment.Of(started)).Select(e => actual(e) ?? Unknown));
    }
}
