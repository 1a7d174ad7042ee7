using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Studies;

/// <summary>Validates a study from any source. Does not access the disk or a device.</summary>
public static class StudyRules
{
    /// <summary>
    /// Returns all problems, each a sentence that starts with the field of the study's file; empty if the study is valid.
    /// </summary>
    public static IReadOnlyList<string> Check(Study study)
    {
        string[] own = [.. OwnProblems(study)];
        return own.Length > 0 ? own : [.. GridProblems(study)];
    }

    private static IEnumerable<string> OwnProblems(Study study)
    {
        if (string.IsNullOrWhiteSpace(study.Name) || !SettingLimits.IsName(study.Name))
        {
            yield return $"name: give the study a name of one line, up to {SettingLimits.LongestName} characters.";
        }

        if (study.Notes.Length > SettingLimits.LongestNotes)
        {
            yield return $"notes: they have {study.Notes.Length:N0} characters, more than the {SettingLimits.LongestNotes:N0} that are "
                + $"allowed; shorten them.";
        }

        if (study.Base.Branch is not null || study.Base.BranchStep is not null)
        {
            yield return $"base.{SettingsTable.Branch.JsonName}: the runs of a study start from their model; launch branches one by one.";
        }

        IEnumerable<string> rest = AxisProblems(study).Concat(SeedProblems(study)).Concat(ComparisonProblems(study));
        foreach (string problem in rest)
        {
            yield return problem;
        }
    }

    private static IEnumerable<string> AxisProblems(Study study)
    {
        foreach ((int i, StudyAxis axis) in study.Axes.Index())
        {
            string name = axis.Setting.JsonName;
            if (axis.Setting == SettingsTable.Seed || axis.Setting == SettingsTable.Name)
            {
                yield return axis.Setting == SettingsTable.Seed
                    ? $"axes[{i}]: seeds are no axis; list them in \"seeds\"."
                    : $"axes[{i}]: the runs' names are made from the study's; leave {name} out.";
            }

            if (axis.Setting == SettingsTable.Branch || axis.Setting == SettingsTable.BranchStep)
            {
                yield return $"axes[{i}]: the runs of a study start from their model; launch branches one by one.";
            }

            if (study.Axes.Take(i).Any(before => before.Setting == axis.Setting))
            {
                yield return $"axes[{i}]: {name} varies already; put all its values into one axis.";
            }

            if (axis.Values.Count == 0)
            {
                yield return $"axes[{i}].values: {name} has no values; give at least one, or leave the axis out.";
            }

            foreach ((int j, string value) in axis.Values.Index())
            {
                if (axis.Setting.Read(study.Base, value) is not { } read)
                {
                    yield return $"axes[{i}].values[{j}]: {name} cannot be {Quote(value)}; give {axis.Setting.ExpectedInsteadOf(value)}.";
                }
                else if (
                    axis.Values.Take(j).Any(before =>
                        axis.Setting.Read(study.Base, before) is { } earlier && axis.Setting.Write(earlier) == axis.Setting.Write(read)))
                {
                    yield return $"axes[{i}].values[{j}]: {name} {Quote(value)} is there twice; leave one out.";
                }
            }
        }
    }

    private static IEnumerable<string> SeedProblems(Study study)
    {
        if (study.Seeds.Count is 0 or > Study.MostSeeds)
        {
            yield return $"seeds: there are {study.Seeds.Count:N0}; list 1 to {Study.MostSeeds:N0} seeds.";
        }

        if (study.Seeds.FirstOrDefault(seed => seed < 0) is < 0 and var negative)
        {
            yield return $"seeds: {negative} is out of range; a seed is a whole number from 0.";
        }

        foreach (int look in study.Looks.Where(look => look < 1 || look > study.Seeds.Count))
        {
            yield return $"looks: {look} is out of range; each is a number of seeds at which a verdict could be seen, "
                + $"from 1 to {study.Seeds.Count:N0}.";
        }

        if (study.Seeds.GroupBy(seed => seed).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            yield return $"seeds: {twice.Key} is there twice; a run with the same seed tells nothing new.";
        }

        if (study.MaxSeeds is < 1 or > Study.MostSeeds)
        {
            yield return $"max_seeds: {study.MaxSeeds} is out of range; give a whole number from 1 to {Study.MostSeeds:N0}.";
        }

        if (study.Seeds.Count > 0 && study.Seeds.Max() > int.MaxValue - Study.MostSeeds)
        {
            yield return $"seeds: {study.Seeds.Max()} leaves no room for further seeds; take smaller numbers.";
        }
    }

    private static IEnumerable<string> ComparisonProblems(Study study)
    {
        if (study.IsSequential && study.Comparison is null)
        {
            yield return "sequential: only a comparison can be decided; name its baseline in \"compare\", or leave \"sequential\" out.";
        }

        if (study.Comparison is not { } comparison)
        {
            yield break;
        }

        if (comparison.Baseline.Count == 0)
        {
            yield return "compare.baseline: it is empty; give the baseline's value of at least one axis, such as {\"model_type\": "
                + "\"standard\"}.";
        }

        if (comparison.Margin is { } margin && margin is not (> 0 and < 1))
        {
            yield return $"compare.margin: {Format.Setting(margin)} is out of range; it is a difference in accuracy, above 0 and below 1, "
                + $"such as 0.02.";
        }

        foreach (StudyValue value in comparison.Baseline)
        {
            string place = $"compare.baseline.{value.Setting.JsonName}";
            if (study.Axes.FirstOrDefault(axis => axis.Setting == value.Setting) is not { } axis)
            {
                yield return $"{place}: no axis varies it; name a value of one of the axes.";
            }
            else if (value.Setting.Read(study.Base, value.Text) is not { } read
                || !axis.Values.Any(
                    other => axis.Setting.Read(study.Base, other) is { } spec && value.Setting.Write(spec) == value.Setting.Write(read)))
            {
                yield return $"{place}: {Quote(value.Text)} is none of the axis's values; use {string.Join(", ", axis.Values)}.";
            }
        }
    }

    private static IEnumerable<string> GridProblems(Study study)
    {
        long runs = study.Axes.Aggregate(
            (long)study.PlannedSeeds.Count, (product, axis) => Math.Min(product * axis.Values.Count, int.MaxValue));
        if (runs > Study.MostRuns)
        {
            return [$"axes: they make {runs:N0} runs, more than the {Study.MostRuns:N0} of one study; take fewer values or seeds."];
        }

        return StudyGrid.Combinations(study)
            .SelectMany(spec => RunSpecRules.Check(spec), (_, problem) => $"{PlaceOf(study, problem.Setting)}: {problem.Setting.JsonName} "
                + $"{problem.Text}")
            .Distinct();
    }

    private static string PlaceOf(Study study, Setting setting) =>
        study.Axes.Index().FirstOrDefault(axis => axis.Item.Setting == setting) is ({ } index, { } _)
        ? $"axes[{index}]"
        : "base";

    private static string Quote(string text) => text.Length > 0 ? SettingLimits.Cut(text, 60) : "empty";
}
