using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Statistics;

namespace DistillStudio.Engine.Verdicts;

/// <summary>Runs of one method: alike in everything but the seed, and what they were computed with.</summary>
/// <param name="Name">Names the method by what distinguishes it from the others compared.</param>
/// <param name="Runs">In the order given.</param>
public sealed record MethodGroup(string Name, IReadOnlyList<ComparedRun> Runs)
{
    /// <summary>The seeds of the tested runs, ascending.</summary>
    public IReadOnlyList<int> Seeds => [.. Tested.Select(run => run.Spec.Seed).Distinct().Order()];

    /// <summary>Test accuracy by seed, in [0, 1]: the mean where a seed was run several times.</summary>
    public IReadOnlyList<double> Accuracies =>
        [.. Tested.GroupBy(run => run.Spec.Seed).OrderBy(same => same.Key).Select(same => same.Average(run => run.Test!.Accuracy))];

    /// <summary>Mean test accuracy over seeds; null if nothing was tested, or not all on the same number of rows.</summary>
    public double? Mean => Tested.Select(run => run.Test!.Rows).Distinct().Count() == 1 ? Accuracies.Average() : null;

    /// <summary>95 % t interval of <see cref="Mean"/>; null without it, and with fewer than two seeds.</summary>
    public ConfidenceInterval? MeanInterval =>
        Mean is null
            ? null
            : SeedBand.Of([.. Accuracies.Select(accuracy => (double[])[accuracy])]) is [var point]
            ? point.Interval?.Clip(0, 1)
            : null;

    /// <summary>The runs that have a test result.</summary>
    public IEnumerable<ComparedRun> Tested => Runs.Where(run => run.Test is not null);
}

/// <summary>Divides runs into methods.</summary>
internal static class MethodGrouping
{
    /// <summary>
    /// Settings that say how often, on which rows and on what a run is computed and judged. Data and precision count by what was recorded.
    /// </summary>
    private static readonly Setting[] Outside =
    [
        SettingsTable.Seed, SettingsTable.SaveSteps, SettingsTable.EvalLimit, SettingsTable.OutputRationale,
        SettingsTable.Device, SettingsTable.Threads, SettingsTable.DataDir, SettingsTable.Bf16, SettingsTable.FromPretrained,
    ];

    /// <summary>Returns the methods in the order of their first runs.</summary>
    public static IReadOnlyList<MethodGroup> Of(IReadOnlyList<ComparedRun> runs)
    {
        var groups = new List<List<ComparedRun>>();
        foreach (ComparedRun run in runs)
        {
            if (groups.Find(group => IsSame(group[0], run)) is { } group)
            {
                group.Add(run);
            }
            else
            {
                groups.Add([run]);
            }
        }

        IReadOnlyList<string> names = NamesOf([.. groups.Select(group => group[0])]);
        return [.. groups.Select((group, i) => new MethodGroup(names[i], group))];
    }

    /// <summary>Returns true for runs of the same method; what is not recorded of both counts as the same.</summary>
    public static bool IsSame(ComparedRun one, ComparedRun other) =>
        SettingsTable.OfOutcome.Except(Outside).All(setting => Text(setting, one.Spec) == Text(setting, other.Spec))
        && HasSamePrecision(one, other)
        && RunData.IsSameModel(one, other)
        && RunData.IsSameData(one, other);

    private static bool HasSamePrecision(ComparedRun one, ComparedRun other) =>
        one.Environment is { } first && other.Environment is { } second
            ? first.Precision == second.Precision
            : one.Spec.Bf16 == other.Spec.Bf16;

    private static string? Text(Setting setting, RunSpec spec) => setting.Applies(spec) ? setting.Write(spec) : null;

    private static IReadOnlyList<string> NamesOf(IReadOnlyList<ComparedRun> firsts)
    {
        if (firsts.Count == 1)
        {
            return [SettingsTable.Method.Display(firsts[0].Spec)];
        }

        // Settings that a method does not have differ with its name, which says it already.
        IReadOnlyList<(Setting Setting, IReadOnlyList<string?> Values)> telling = NameParts.Of(
            [
                .. SettingsTable.Differing([.. firsts.Select(run => run.Spec)])
                    .Where(pair => !Outside.Except([SettingsTable.Bf16, SettingsTable.FromPretrained]).Contains(pair.Setting))
                    .Where(pair => pair.Values.OfType<string>().Distinct().Count() > 1),
            ],
            pair => pair.Values);
        string[] names = [
            .. firsts.Select(
                (run, i) => string.Join(
                    ", ",
                    telling.Where(pair => pair.Values[i] is not null).Select(pair => SettingPhrase.Of(pair.Setting, pair.Values[i]!))))
        ];
        return [.. names.Select((name, i) => name.Length > 0 && names.Count(n => n == name) == 1 ? name : firsts[i].Name)];
    }
}
