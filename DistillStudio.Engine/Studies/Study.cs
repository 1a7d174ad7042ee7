using DistillStudio.Engine.Data.Demo;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Studies;

/// <summary>
/// A grid of runs that answers one question: the base settings, the settings that vary, and the seeds that repeat each combination.
/// What has been run is not part of it: that is read from the runs of the home, see <see cref="StudyProgress"/>.
/// </summary>
public sealed record Study
{
    /// <summary>Maximum number of seeds.</summary>
    public const int MostSeeds = 1_000;

    /// <summary>Maximum number of runs of one study.</summary>
    public const int MostRuns = 5_000;

    /// <summary>Name of the study's folder under the home's <c>studies</c>; empty before it was created.</summary>
    public string Id { get; init; } = "";

    /// <summary>One line; unique within a home.</summary>
    public required string Name { get; init; }

    /// <summary>Free text; empty for none.</summary>
    public string Notes { get; init; } = "";

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>The settings that all runs share. Its seed and its name are not used.</summary>
    public required RunSpec Base { get; init; }

    /// <summary>The settings that vary, in the order of the grid; empty for repeated runs of the base.</summary>
    public IReadOnlyList<StudyAxis> Axes { get; init; } = [];

    /// <summary>Seeds, at least one and each once, in the order in which they are run.</summary>
    public required IReadOnlyList<int> Seeds { get; init; }

    /// <summary>
    /// Numbers of seeds at which a verdict could be seen before more were added, ascending; empty if all were chosen beforehand. A
    /// verdict on more seeds holds at every look, see <see cref="Statistics.SeedComparison.IsAlwaysValid"/>.
    /// </summary>
    public IReadOnlyList<int> Looks { get; init; } = [];

    /// <summary>What is compared with what; null for a study that compares nothing.</summary>
    public StudyComparison? Comparison { get; init; }

    /// <summary>
    /// True if the study looks at its comparisons after each finished pair and stops when they are decided; it then continues past
    /// <see cref="Seeds"/> up to <see cref="MaxSeeds"/>.
    /// </summary>
    public bool IsSequential { get; init; }

    /// <summary>Maximum number of seeds of a sequential study.</summary>
    public int MaxSeeds { get; init; } = 20;

    /// <summary>Whether the studio's queue works on the study.</summary>
    public StudyQueue Queue { get; init; }

    /// <summary>Profile of the cluster that trains the study's runs; null for this machine. Not part of its question.</summary>
    public string? Profile { get; init; }

    /// <summary>
    /// The seeds to run: those of the study, and for a sequential one the numbers after the highest, up to its maximum.
    /// </summary>
    public IReadOnlyList<int> PlannedSeeds => IsSequential ? WithMoreSeeds(Math.Max(MaxSeeds, Seeds.Count)).Seeds : Seeds;

    /// <summary>Returns the study with further seeds, counted up from its highest, until there are <paramref name="count"/>.</summary>
    public Study WithMoreSeeds(int count)
    {
        int next = Seeds.Max();
        return this with { Seeds = [.. Seeds, .. Enumerable.Range(1, Math.Max(0, count - Seeds.Count)).Select(i => next + i)] };
    }

    /// <summary>
    /// Returns the study with absolute paths, so that it means the same wherever it is gone on with: <c>~</c> is expanded, and models
    /// and data that lie in the working folder are named from the root.
    /// </summary>
    /// <exception cref="InputException">As <see cref="UserPath.Expand"/>.</exception>
    public Study WithFullPaths() => this with
    {
        Base = Base with
        {
            FromPretrained = FullModel(Base.FromPretrained),
            DataDir = Base.DataDir is { Length: > 0 } data ? Path.GetFullPath(UserPath.Expand(data)) : Base.DataDir,
        },
        Axes = [
            .. Axes.Select(axis => axis.Setting == SettingsTable.FromPretrained ? axis with { Values = [.. axis.Values.Select(FullModel)] }
            : axis.Setting == SettingsTable.DataDir ? axis with
            {
                Values = [.. axis.Values.Select(value => Path.GetFullPath(UserPath.Expand(value)))],
            }
            : axis)],
    };

    /// <summary>Returns true if the other study has the same runs apart from its seeds, and compares the same; the margin may
    /// differ.</summary>
    public bool IsSameQuestion(Study other) =>
        Base with { Seed = 0, Name = null } == other.Base with { Seed = 0, Name = null }
        && Axes.Count == other.Axes.Count
        && Axes.Zip(other.Axes).All(
            pair => pair.First.Setting == pair.Second.Setting && pair.First.Values.SequenceEqual(pair.Second.Values))
        && (Comparison?.Baseline ?? []).SequenceEqual(other.Comparison?.Baseline ?? []);

    /// <summary>Returns the path of a folder; names of models, such as <c>demo</c> and those of the Hub, are unchanged.</summary>
    private static string FullModel(string model)
    {
        string path = UserPath.Expand(model);
        return path.Length > 0 && path != DemoModel.Name && Directory.Exists(path) ? Path.GetFullPath(path) : path;
    }
}

/// <summary>A setting that varies over a study.</summary>
/// <param name="Setting">Any setting of the table except the seed and the name.</param>
/// <param name="Values">Texts that the setting reads, at least one and each once.</param>
public sealed record StudyAxis(Setting Setting, IReadOnlyList<string> Values);

/// <summary>What a study compares: every cell with the cell that differs from it only in the baseline's values.</summary>
/// <param name="Baseline">Values of one or more axes, such as <c>model_type</c> standard.</param>
/// <param name="Margin">Difference in accuracy, in (0, 1), within which two count as equally good; null for no claim of that
/// kind.</param>
public sealed record StudyComparison(IReadOnlyList<StudyValue> Baseline, double? Margin = null);

/// <summary>A value of a setting.</summary>
/// <param name="Text">Text that the setting reads.</param>
public sealed record StudyValue(Setting Setting, string Text);

/// <summary>Whether the studio's queue works on a study. A study that is run in a terminal is <see cref="Off"/>.</summary>
public enum StudyQueue
{
    /// <summary>No run is queued; the study is new, complete, cancelled, or run in a terminal.</summary>
    Off,

    /// <summary>The runs that are missing are queued one after the other.</summary>
    On,

    /// <summary>No further run is queued until the study is resumed.</summary>
    Paused,
}
