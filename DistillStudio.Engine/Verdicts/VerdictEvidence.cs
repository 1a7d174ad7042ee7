namespace DistillStudio.Engine.Verdicts;

/// <summary>Tells what the sentences of a verdict rest on, and what limits them.</summary>
/// <param name="verdict">The verdict without its claims.</param>
/// <param name="collapsed">Why runs count as collapsed, by id.</param>
internal sealed class VerdictEvidence(Verdict verdict, IReadOnlyDictionary<string, string> collapsed)
{
    /// <summary>Number of collapsed runs up to which each is named.</summary>
    private const int MostCollapses = 3;

    private IReadOnlyList<MethodGroup> Groups => verdict.Groups;

    /// <param name="pairs">The comparisons, judged.</param>
    /// <param name="leading">The one that the sentences are about.</param>
    public IEnumerable<string> Of(IReadOnlyList<ComparedPair> pairs, ComparedPair leading)
    {
        int compared = pairs.Count(pair => pair.Models.Rows is not null);
        if (ModelsText.Evidence(leading.Models, compared, verdict.Margin) is { } rows)
        {
            yield return rows;
        }

        if (leading.Methods is { } methods && MethodsText.Evidence(methods) is { } seeds)
        {
            yield return seeds;
        }

        if (leading.Methods is { Looks: null, Seeds: not null })
        {
            yield return "The number of seeds is taken as chosen beforehand. Seeds that are added because of what was seen take the wider "
                + "intervals of a study, which notes them.";
        }

        int claimed = pairs.Count(pair => pair.Models.Rows is not null || pair.Methods?.Seeds is not null);
        if (claimed > 1)
        {
            yield return $"The highest of {claimed} differences from {(Groups.Count > 1 ? Groups[0].Name : verdict.Runs[0].Name)} is "
                + $"told above; p values and intervals are corrected for all {claimed} (Holm), so choosing it is allowed for.";
        }

        if (EqualComputeText(leading) is { } equal)
        {
            yield return equal;
        }

        if (Groups.Count > 1 && ConditionsText(verdict.Runs) is { } conditions)
        {
            yield return conditions;
        }

        if (!verdict.IsAtEqualCompute && LastWeights(leading) is { } last)
        {
            yield return last;
        }

        if (verdict.Optimistic.Count > 0)
        {
            yield return "The best accuracies on validation are optimistic: each is the highest of several evaluations on few rows. "
                + "The test is not chosen from.";
        }

        foreach (string line in Collapses(Groups, collapsed))
        {
            yield return line;
        }
    }

    /// <summary>Says in what runs were computed differently where all settings are the same; null if in nothing that is known.</summary>
    public static string? ConditionsText(IReadOnlyList<ComparedRun> runs) => RunCondition.Differing(runs) is { Count: > 0 } conditions
        ? $"The runs were not computed alike: {VerdictText.List(conditions)} differ, which changes results by rounding as another seed "
            + "would."
        : null;

    /// <summary>Says how two methods stood when they had taken the same compute; null if both always did, or never learned.</summary>
    public static string? EqualComputeText(ComparedPair pair) =>
        pair is not { EqualCompute: { } equal, Methods: { Collapsed.Count: < 2 } methods } ? null
        : $"At equal compute ({equal.Compute}), on validation: {methods.Other.Name} {VerdictText.Percent(equal.Other)}, "
            + $"{methods.Baseline.Name} {VerdictText.Percent(equal.Baseline)}.";

    /// <summary>Names the runs that collapsed: each with its reason if they are few, else by method and seed.</summary>
    /// <param name="groups">The methods.</param>
    /// <param name="collapsed">Why runs count as collapsed, by id.</param>
    public static IEnumerable<string> Collapses(IReadOnlyList<MethodGroup> groups, IReadOnlyDictionary<string, string> collapsed)
    {
        ComparedRun[] lostRuns =
            [.. groups.SelectMany(group => group.Runs).DistinctBy(run => run.Id).Where(run => collapsed.ContainsKey(run.Id))];
        if (lostRuns.Length <= MostCollapses)
        {
            return lostRuns.Select(run => Collapse.Sentence(run, collapsed[run.Id]));
        }

        string[] seeds =
        [
            .. from @group in groups
               let lost = @group.Runs.Where(run => collapsed.ContainsKey(run.Id)).Select(run => run.Spec.Seed).Distinct().Order().ToList()
               where lost.Count > 0
               select VerdictText.Seeds(@group.Name, lost),
        ];
        return
        [
            $"{lostRuns.Length} runs collapsed: {VerdictText.List(seeds)}. Each is hardly more often right than the commonest answer alone "
                + $"would be, or gives one answer to nearly all rows.",
        ];
    }

    /// <summary>Compares the weights of the last steps where the tested ones were chosen on validation; null if they are the
    /// same.</summary>
    public static string? LastWeights(ComparedPair pair)
    {
        ComparedRun[][] sides = pair.Methods is { } methods
            ? [[.. methods.Baseline.Tested], [.. methods.Other.Tested]]
            : [[pair.Models.Baseline], [pair.Models.Other]];
        string[] names =
            pair.Methods is { } named ? [named.Baseline.Name, named.Other.Name] : [pair.Models.Baseline.Name, pair.Models.Other.Name];
        bool isOther = sides.SelectMany(side => side).All(run => run.Result!.TestLast is not null)
            && sides.SelectMany(side => side).Any(run => run.Result!.TestLast!.Step != run.Test!.Step);
        return isOther
            ? $"Of the last step's weights, tested too: "
                + $"{names[1]} {VerdictText.Percent(sides[1].Average(run => run.Result!.TestLast!.Accuracy))}, "
                + $"{names[0]} {VerdictText.Percent(sides[0].Average(run => run.Result!.TestLast!.Accuracy))}."
            : null;
    }
}
